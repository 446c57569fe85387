"""Names for guests who do not exist: words for colours, trees and waters in four scripts, never a person's name."""

from __future__ import annotations

from random import Random

# Language, country, what stands for the surname, what stands for the first name, and how often of ten.
_WORDS = (
    (
        "en",
        "GB",
        ("Guest", "Visitor", "Traveller", "Rowan", "Harbour", "Lakeside", "Meadow", "Pinewood", "Riverbank", "Willow"),
        ("Amber", "Blue", "Crimson", "Green", "Indigo", "Silver", "Violet", "White"),
        3,
    ),
    (
        "de",
        "DE",
        ("Gast", "Reisender", "Ahorn", "Birkenhain", "Flussufer", "Kiefernwald", "Quelle", "Weidenbach"),
        ("Blau", "Gelb", "Grün", "Hellgrau", "Rot", "Türkis"),
        3,
    ),
    (
        "ru",
        "KZ",
        ("Гость", "Путник", "Берёзка", "Рябина", "Озеро", "Ручей"),
        ("Синий", "Зелёный", "Белый", "Янтарный"),
        1,
    ),
    ("ka", "GE", ("სტუმარი", "მგზავრი", "მუხა", "მდინარე", "ტბა"), ("ლურჯი", "მწვანე", "თეთრი", "იისფერი"), 1),
    ("zh", "CN", ("客人", "旅客", "松树", "河流", "湖水"), ("蓝色", "绿色", "白色", "银色"), 1),
    (
        "pt",
        "PT",
        ("Hóspede", "Viajante", "Sobreiro", "Ribeira", "Nascente"),
        ("Azul", "Verde", "Âmbar", "Prateado"),
        1,
    ),
)


def draw_guest(rng: Random) -> dict[str, str | None]:
    """The fields of a guest as `frontoffice.guests.add_guests` takes them."""
    language, country, surnames, first_names, _ = rng.choices(_WORDS, [each[4] for each in _WORDS])[0]
    surname, first = rng.choice(surnames), rng.choice(first_names)
    return {"surname": surname, "first_names": first, "language": language, "country": country}
