"""What is withheld of an offer, and what its last day means."""

from datetime import timedelta

from .rounding import round_to


def withheld(amount, percent, step):
    """Tell what of a credit is withheld when only a share of it is offered.

    :param float amount: the whole credit, in the terms of its price
    :param float percent: the share that the customer gets
    :param float step: rounding of the currency
    :rtype: float
    """
    return round_to(amount - round_to(amount * percent / 100.0, step), step)


def next_step(today, last_day, reminded_on, remind_days):
    """Tell what to do about an offer that was not answered yet.

    Nobody loses an offer without having been reminded: where the reminder came late,
    the last day waits for it.

    :param date today: where the company is
    :param date last_day: on which the customer can still answer
    :param reminded_on: the day on which the customer was reminded, None before
    :param int remind_days: how many days before the last one; 0 for no reminder
    :return: ``remind``, ``expire`` or None
    """
    if remind_days and not reminded_on:
        return "remind" if today >= last_day - timedelta(remind_days) else None
    ended = max(last_day, reminded_on) if reminded_on else last_day
    return "expire" if today > ended else None
