"""`dp3t symptoms advise` and `rules`: what to do, and why."""

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.language import language, text
from dp3t.cli.output import emit_json, show
from dp3t.cli.symptoms import options
from dp3t.cli.symptoms.diary_file import read_diary
from dp3t.symptoms.advice import Advice, Fired
from dp3t.symptoms.advice import advise as advice_on
from dp3t.symptoms.rules import Rule, Source
from dp3t.symptoms.words import Outcome, Texts

_SEEN = {
    "document": Texts(vi="đã đọc bản sao", en="a copy was read"),
    "report": Texts(vi="theo nguồn khác thuật lại", en="as others report it"),
    "memory": Texts(vi="theo trí nhớ", en="from memory"),
}
OUTCOMES = {
    Outcome.STAY: Texts(vi="Tự theo dõi tại nhà", en="Watch at home"),
    Outcome.TEST: Texts(vi="Xét nghiệm", en="Take a test"),
    Outcome.CALL: Texts(vi="Gọi trạm y tế", en="Call the health station"),
    Outcome.EMERGENCY: Texts(vi="Gọi cấp cứu 115", en="Call the ambulance, 115"),
}
"""The outcomes in words."""


def advise(
    diary: options.DiaryPath,
    key: options.KeyPath,
    number: options.Number,
    rules: options.RulesPath = None,
    authority: options.RulesAuthority = None,
    day: options.DayText = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print the outcome and every rule that is true, the most urgent first [TERMINAL-56]."""
    moment = options.now_given(now)
    table = options.rules_given(rules, authority, moment)
    found = read_diary(diary, key, today=options.calendar_day(moment))
    advice = advice_on(found, number, options.day_of_note(day, moment), table)
    if as_json:
        emit_json(_as_object(advice))
    else:
        _show(advice)


def rules(
    rules: options.RulesPath = None,
    authority: options.RulesAuthority = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print a table of rules with their sources [TERMINAL-57]."""
    table = options.rules_given(rules, authority, options.now_given(now))
    if as_json:
        every = [_rule_object(rule) for rule in table.rules]
        emit_json({"number": table.number, "title": _both(table.title), "rules": every})
        return
    shown = Table(
        text(en="Rule", vi="Quy tắc"),
        text(en="Outcome", vi="Kết luận"),
        text(en="Text", vi="Nội dung"),
        text(en="Sources", vi="Nguồn"),
        box=SIMPLE_HEAD,
    )
    for rule in table.rules:
        outcome = OUTCOMES[rule.outcome].in_language(language())
        said = rule.text.in_language(language())
        sources = "\n".join(_source(each) for each in rule.sources)
        shown.add_row(rule.name, outcome, escape(said), escape(sources))
    show(shown)


def _show(advice: Advice) -> None:
    show(f"[bold]{OUTCOMES[advice.outcome].in_language(language())}[/bold]")
    for fired in advice.fired:
        show("")
        if fired is advice.first_less_urgent:
            show(text(en="Also true, and less urgent:", vi="Cũng đúng, nhưng ít khẩn cấp hơn:"))
            show("")
        show(escape(fired.rule.text.in_language(language())))
        facts = [fact.in_language(language()) for fact in fired.facts]
        if facts:
            show("  " + text(en="Because: ", vi="Vì: ") + escape("; ".join(facts)))
        show("  " + text(en="Rule: ", vi="Quy tắc: ") + fired.rule.name)
        for source in fired.rule.sources:
            show("  " + text(en="Source: ", vi="Nguồn: ") + escape(_source(source)))
    show("")
    show(escape(advice.table.notice.in_language(language())))


def _source(source: Source) -> str:
    seen = _SEEN[source.seen].in_language(language())
    return f"{source.document}, {source.date}: {source.section} ({seen})"


def _as_object(advice: Advice) -> dict[str, object]:
    return {
        "outcome": advice.outcome.value,
        "rules_number": advice.table.number,
        "notice": _both(advice.table.notice),
        "fired": [_fired_object(each) for each in advice.fired],
    }


def _fired_object(fired: Fired) -> dict[str, object]:
    return {**_rule_object(fired.rule), "facts": [_both(fact) for fact in fired.facts]}


def _rule_object(rule: Rule) -> dict[str, object]:
    names = ("document", "section", "date", "seen", "place", "note")
    return {
        "id": rule.name,
        "outcome": rule.outcome.value,
        "text": _both(rule.text),
        "sources": [{name: getattr(each, name) for name in names} for each in rule.sources],
    }


def _both(texts: Texts) -> dict[str, str]:
    return {"vi": texts.vi, "en": texts.en}
