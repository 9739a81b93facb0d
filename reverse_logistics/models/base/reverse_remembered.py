"""Gather facts about lines only once while policy decides, although several rules ask.

Policy rules, law, fees, agreements and routes look at the same facts of the same lines.
Between the first question and the verdict nothing changes. So `remembering` opens
notes, `remembered` methods put each answer into them, and they end with the decision.
"""

import functools

from odoo.models import BaseModel

KEY = "reverse_remembered"


class Notes:
    """The answers so far; a class of its own tells them from what a client sent.

    :ivar facts: ``{name of a method: {id of a line: fact}}``
    :ivar answers: ``{(name of a method, ids of lines): what it answered last}``
    """

    def __init__(self, facts):
        self.facts = facts
        self.answers = {}


def _get_notes(lines):
    notes = lines.env.context.get(KEY)
    return notes if isinstance(notes, Notes) else None


def remembering(lines, **known):
    """Give lines on which ``remembered`` methods note what they gather.

    :param known: facts that need not be gathered: ``{line: fact}`` by the name of the
        method that would gather them
    """
    notes = _get_notes(lines)
    facts = dict(notes.facts) if notes else {}
    for name, found in known.items():
        facts[name] = {line._ids[0]: fact for line, fact in found.items()}
    return lines.with_context(**{KEY: Notes(facts)})


def remembered(gather):
    """Decorate a method so that it asks for each line only once while there are notes.

    Whoever asks for the same lines again gets the same dictionary, and leaves it as it
    is.

    :param gather: a method of many lines, without arguments, that gives ``{line:
        fact}`` for all of them
    """

    @functools.wraps(gather)
    def look_up(lines):
        notes = _get_notes(lines)
        if not notes:
            return gather(lines)
        env, key = lines.env, (gather.__qualname__, lines._ids)
        # Whoever asked first may have had other rights, which the records carry.
        asked_by, answer = notes.answers.get(key, (None, None))
        if asked_by is not env:
            answer = _answer(gather, lines, notes.facts)
            notes.answers[key] = env, answer
        return answer

    return look_up


def _answer(gather, lines, facts):
    known = facts.setdefault(gather.__name__, {})
    missing = [id_ for id_ in lines._ids if id_ not in known]
    if missing:
        found = gather(lines.browse(missing).with_prefetch(lines._prefetch_ids))
        known |= {line._ids[0]: fact for line, fact in found.items()}
    env = lines.env
    return {
        line: fact.with_env(env)
        if isinstance(fact := known[line._ids[0]], BaseModel) and fact.env is not env
        else fact
        for line in lines
    }
