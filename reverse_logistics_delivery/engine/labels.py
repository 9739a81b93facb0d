"""When labels that nobody uses are given up. Plain Python, without Odoo."""

from datetime import timedelta


def last_day(asked_on, reminded_on, days, ahead):
    """Give the day on which an unused label is cancelled.

    Whoever was reminded late, because the setting changed or the server stood still,
    has as much time as everybody else.

    :param date asked_on: when the label was asked for
    :param date reminded_on: when the customer was reminded, None if they were not
    :param int days: how long a label waits
    :param int ahead: how many days before the customer is reminded, 0 for never
    """
    due = asked_on + timedelta(days)
    if not ahead or not reminded_on:
        return due
    return max(due, reminded_on + timedelta(min(ahead, days)))


def next_step(today, asked_on, reminded_on, days, ahead):
    """Say what is to be done about an unused label: remind, cancel or None."""
    due = last_day(asked_on, reminded_on, days, ahead)
    if ahead and not reminded_on:
        return "remind" if today >= due - timedelta(ahead) else None
    return "cancel" if today >= due else None
