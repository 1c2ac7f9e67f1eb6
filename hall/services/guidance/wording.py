"""What an answer changes, in words, for those who write guides. Pure."""

from collections.abc import Iterator

from hall.services.guidance.facts import Facts
from hall.services.guidance.tree import Effects


def effect_words(effects: Effects, facts: Facts) -> list[str]:
    """A few words for each change; what the item does not know is named by its reference."""
    return list(_words(effects, facts))


def _words(effects: Effects, facts: Facts) -> Iterator[str]:
    names = {ref: fact.name for ref, fact in facts.materials.items()}
    if effects.refuse:
        yield f"不能办：{effects.refuse.reason}"
    if effects.variant:
        known = facts.variants.get(effects.variant)
        yield f"选定“{known.name if known else effects.variant}”"
    yield from (f"要带“{names.get(ref, ref)}”" for ref in effects.add)
    yield from (f"不用带“{names.get(gone.material, gone.material)}”（{gone.reason}）" for gone in effects.remove)
    yield from (f"不用办“{facts.items.get(one.item, one.item)}”（{one.reason}）" for one in effects.skip)
    if effects.days is not None:
        yield f"{effects.days} 天办结"
    yield from (words for words in (effects.fee, effects.place, effects.note) if words)
    for prefill in effects.prefill:
        field = facts.fields.get(prefill.field)
        titles = {option.value: option.title for option in field.options} if field else {}
        values = "、".join(titles.get(value, value) for value in prefill.values)
        yield f"申请表“{field.title if field else prefill.field}”填“{values}”"
