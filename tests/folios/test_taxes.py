from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folios.errors import PersonsMissing
from folios.money import MOST_MINOR, half_up
from folios.taxes import Levy, Share, TaxableLine, TaxedLine, TaxRule, compile_rules, levy_document


def percent(code, rate, *, inclusive=False, stacked=False):
    rate_ppm = Fraction(rate) * 10_000
    assert rate_ppm.denominator == 1
    return TaxRule(code, "percent", inclusive, stacked, rate_ppm=int(rate_ppm), amount_minor=0)


def per_person(code, amount_minor):
    return TaxRule(code, "person_night", inclusive=False, stacked=False, rate_ppm=0, amount_minor=amount_minor)


def charge(price_minor, *rules, persons=None):
    (line,) = levy_document([TaxableLine(price_minor, compile_rules(rules), persons)])
    return line


def amounts(line):
    return {share.code: share.amount_minor for share in line.shares}


def amounts_of(line):
    return [share.amount_minor for share in line.shares]


# --- one line -----------------------------------------------------------------------------------------------


# OPERA Cloud, "Tax generates": 5.5 % on a room rate, inclusive and exclusive, and a negative charge.
@pytest.mark.parametrize(
    ("inclusive", "posted", "net", "tax", "balance"),
    [
        (True, 10550, 10000, 550, 10550),
        (False, 10000, 10000, 550, 10550),
        (True, -10550, -10000, -550, -10550),
        (False, -10000, -10000, -550, -10550),
    ],
)
def test_a_room_rate_generates_its_tax_inside_or_on_top(inclusive, posted, net, tax, balance):
    line = charge(posted, percent("TAX", "5.5", inclusive=inclusive))
    assert line == TaxedLine(net, (Share("TAX", tax, base_minor=net, rate_ppm=55000),), balance)


# Nitesoft, journal vouchers with 12 % VAT: the rate of 1,120 is 1,000 and 120 VAT.
def test_a_rate_with_twelve_per_cent_vat_is_split_into_revenue_and_vat():
    line = charge(112000, percent("VAT", 12, inclusive=True))
    assert (line.net_minor, amounts(line), line.gross_minor) == (100000, {"VAT": 12000}, 112000)


def test_a_code_without_rules_generates_nothing():
    assert charge(12345) == TaxedLine(12345, (), 12345)


def test_an_exclusive_rate_alone_is_levied_on_the_price_and_stacked_on_all_that_was_added_before():
    service = percent("SERVICE", 10)
    assert charge(10000, service, percent("VAT", 6)).shares[1] == Share("VAT", 600, 10000, 60000)
    assert charge(10000, service, percent("VAT", 6, stacked=True)).shares[1] == Share("VAT", 660, 11000, 60000)


def test_a_service_charge_after_the_tax_does_not_raise_the_tax():
    assert amounts(charge(10000, percent("VAT", 6, stacked=True), percent("SERVICE", 10))) == {
        "VAT": 600,
        "SERVICE": 1000,
    }


def test_two_inclusive_taxes_are_levied_on_the_same_net():
    line = charge(11500, percent("STATE", 10, inclusive=True), percent("CITY", 5, inclusive=True))
    assert line.net_minor == 10000
    assert line.shares == (Share("STATE", 1000, 10000, 100000), Share("CITY", 500, 10000, 50000))


def test_a_stacked_inclusive_tax_is_levied_on_the_tax_before_it():
    line = charge(11550, percent("STATE", 10, inclusive=True), percent("CITY", 5, inclusive=True, stacked=True))
    assert line.net_minor == 10000
    assert line.shares == (Share("STATE", 1000, 10000, 100000), Share("CITY", 550, 11000, 50000))


def test_a_stacked_inclusive_tax_is_also_contained_in_the_service_charge():
    line = charge(10700, percent("SERVICE", 10), percent("VAT", 7, inclusive=True, stacked=True))
    assert (line.net_minor, line.gross_minor) == (10000, 11770)
    assert line.shares == (Share("SERVICE", 1000, 10700, 100000), Share("VAT", 770, 11000, 70000))


def test_an_amount_per_person_and_night_is_added_whatever_the_price_is():
    line = charge(10000, percent("VAT", 6, inclusive=True), per_person("CITY", 250), persons=3)
    assert amounts(line) == {"VAT": 566, "CITY": 750}
    assert line.gross_minor == 10750
    assert charge(0, per_person("CITY", 250), persons=2).gross_minor == 500
    assert charge(10000, per_person("CITY", 250), persons=0).gross_minor == 10000


def test_a_stacked_tax_is_levied_on_the_amount_per_person_too():
    line = charge(10000, per_person("CITY", 250), percent("VAT", 10, stacked=True), persons=2)
    assert line.shares == (Share("CITY", 500, 0, 0), Share("VAT", 1050, 10500, 100000))


def test_a_negative_price_takes_the_amount_per_person_back():
    assert amounts(charge(-10000, per_person("CITY", 250), persons=2)) == {"CITY": -500}


def test_a_tax_per_person_is_refused_until_the_persons_are_known():
    with pytest.raises(PersonsMissing) as refused:
        charge(10000, percent("VAT", 6), per_person("CITY", 250))
    assert refused.value.params == {"tax": "CITY"}


# --- exemptions ---------------------------------------------------------------------------------------------


def test_an_exempt_guest_pays_the_net_of_an_inclusive_price():
    vat = compile_rules([percent("VAT", 7, inclusive=True)])
    taxed, exempt = levy_document([TaxableLine(1000, vat)]) + levy_document([TaxableLine(1000, vat.without(["VAT"]))])
    assert exempt == TaxedLine(935, (), 935)
    assert exempt.net_minor == taxed.net_minor


def test_an_exempt_guest_does_not_pay_what_would_be_added():
    levy = compile_rules([percent("SERVICE", 10), percent("VAT", 6, stacked=True)]).without({"VAT"})
    (line,) = levy_document([TaxableLine(10000, levy)])
    assert (amounts(line), line.gross_minor) == ({"SERVICE": 1000}, 11000)


def test_what_remains_is_levied_on_the_price_without_the_exempt_tax():
    levy = compile_rules([percent("SERVICE", 10), percent("VAT", 7, inclusive=True, stacked=True)]).without({"VAT"})
    (line,) = levy_document([TaxableLine(10700, levy)])
    assert line == TaxedLine(10000, (Share("SERVICE", 1000, 10000, 100000),), 11000)


def test_an_exempt_tax_leaves_the_other_inclusive_tax_and_the_net_alone():
    levy = compile_rules([percent("STATE", 10, inclusive=True), percent("CITY", 5, inclusive=True)])
    (line,) = levy_document([TaxableLine(11500, levy.without({"STATE"}))])
    assert (line.net_minor, amounts(line), line.gross_minor) == (10000, {"CITY": 500}, 10500)


def test_the_persons_are_not_needed_for_an_exempt_tax():
    levy = compile_rules([per_person("CITY", 250)]).without({"CITY"})
    assert levy_document([TaxableLine(10000, levy)]) == [TaxedLine(10000, (), 10000)]


def test_an_exemption_from_a_tax_that_is_not_levied_changes_nothing():
    levy = compile_rules([percent("VAT", 7)])
    assert levy.without({"CITY"}) is levy
    assert levy.without({"VAT"}).without({"CITY"}) == levy.without({"VAT"}) != levy


# --- documents ----------------------------------------------------------------------------------------------


def restaurant_bill(*, inclusive, stacked):
    lines = []
    for price, code, rate in [(1000, "VAT7", 7), (2000, "VAT19", 19)]:
        vat = percent(code, rate, inclusive=inclusive, stacked=stacked)
        lines.append(TaxableLine(price, compile_rules([percent("SERVICE", 10), vat])))
    return levy_document(lines)


# Lightspeed K-Series, "Service charge tax calculation": 10.00 @ 7 % and 20.00 @ 19 %, service charge 10 % first.
@pytest.mark.parametrize(
    ("inclusive", "stacked", "taxes", "tax_total", "net", "service", "total"),
    [
        (True, False, [66, 319], 385, 2615, 300, 3300),
        (True, True, [72, 351], 423, 2616, 261, 3300),
        (False, False, [70, 380], 450, 3000, 300, 3750),
        (False, True, [77, 418], 495, 3000, 300, 3795),
    ],
)
def test_a_service_charge_with_two_tax_rates_gives_the_published_totals(
    inclusive, stacked, taxes, tax_total, net, service, total
):
    lines = restaurant_bill(inclusive=inclusive, stacked=stacked)
    assert [line.shares[1].amount_minor for line in lines] == taxes
    assert sum(taxes) == tax_total
    assert sum(line.net_minor for line in lines) == net
    assert sum(line.shares[0].amount_minor for line in lines) == service
    assert sum(line.gross_minor for line in lines) == total == net + service + tax_total


# The same table prints the subtotals with the service charge where it is apportioned, and without it elsewhere.
def test_the_published_subtotals_are_what_is_left_when_the_tax_is_taken_out():
    assert sum(line.net_minor for line in restaurant_bill(inclusive=True, stacked=False)) == 2615
    apportioned = restaurant_bill(inclusive=True, stacked=True)
    assert sum(line.gross_minor - line.shares[1].amount_minor for line in apportioned) == 2877
    assert sum(line.net_minor for line in restaurant_bill(inclusive=False, stacked=True)) == 3000


def test_two_taxes_added_to_one_price_are_each_rounded_on_their_own():
    assert amounts(charge(808, percent("CITY", 5), percent("STATE", 3))) == {"CITY": 40, "STATE": 24}


def test_one_tax_added_to_many_small_lines_is_the_tax_on_their_sum():
    vat = compile_rules([percent("VAT", 5)])
    lines = levy_document([TaxableLine(10, vat)] * 10)
    assert [amounts(line)["VAT"] for line in lines] == [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]


def test_an_empty_document_has_no_lines():
    assert levy_document([]) == []


# --- values that cannot be wrong ------------------------------------------------------------------------------


def test_a_line_that_does_not_add_up_cannot_be_constructed():
    with pytest.raises(ValueError, match="do not add up"):
        TaxedLine(1000, (Share("VAT", 60, 1000, 60000),), 1061)


def test_rules_that_make_no_sense_cannot_be_constructed():
    with pytest.raises(ValueError, match="contained"):
        TaxRule("CITY", "person_night", inclusive=True, stacked=False, rate_ppm=0, amount_minor=250)
    with pytest.raises(ValueError, match="zero or more"):
        percent("VAT", -6)
    with pytest.raises(ValueError, match="zero or more"):
        per_person("CITY", -1)
    with pytest.raises(ValueError, match="persons"):
        TaxableLine(1000, compile_rules([]), persons=-1)


def test_the_same_rules_are_worked_out_once():
    rules = [percent("SERVICE", 10), percent("VAT", 6, stacked=True)]
    assert compile_rules(rules) is compile_rules(tuple(rules))
    assert hash(compile_rules(rules)) == hash(compile_rules(list(rules)))
    assert isinstance(compile_rules(rules), Levy)


# --- properties ---------------------------------------------------------------------------------------------

prices = st.integers(-MOST_MINOR, MOST_MINOR)
rates_ppm = st.integers(0, 500_000)
rules = st.one_of(
    st.builds(TaxRule, st.sampled_from("ABC"), st.just("percent"), st.booleans(), st.booleans(), rates_ppm, st.just(0)),
    st.builds(per_person, st.sampled_from("PQ"), st.integers(0, 1000)),
)
levies = st.builds(
    lambda chosen, exempt: compile_rules(chosen).without(exempt),
    st.lists(rules, max_size=4),
    st.sets(st.sampled_from("ABP"), max_size=1),
)
documents = st.lists(st.builds(TaxableLine, prices, levies, st.integers(0, 9)), max_size=4)


@given(documents)
def test_net_and_shares_are_gross_and_an_inclusive_price_is_never_raised(document):
    for line, taxed in zip(document, levy_document(document), strict=True):
        assert taxed.net_minor + sum(amounts_of(taxed)) == taxed.gross_minor
        if all(rule.inclusive for rule in line.levy.rules) and not line.levy.exempt:
            assert taxed.gross_minor == line.price_minor
        if not any(rule.inclusive for rule in line.levy.rules):
            assert taxed.net_minor == line.price_minor


@given(st.lists(st.builds(TaxableLine, st.integers(1, MOST_MINOR), levies, st.integers(0, 9)), max_size=4))
def test_the_negative_of_a_document_has_the_negative_of_every_figure(document):
    mirrored = [TaxableLine(-line.price_minor, line.levy, line.persons) for line in document]
    for taxed, back in zip(levy_document(document), levy_document(mirrored), strict=True):
        assert (back.net_minor, back.gross_minor) == (-taxed.net_minor, -taxed.gross_minor)
        assert amounts_of(back) == [-amount for amount in amounts_of(taxed)]
        assert [share.base_minor for share in back.shares] == [-share.base_minor for share in taxed.shares]


@given(st.integers(0, MOST_MINOR), rates_ppm)
def test_the_net_of_an_inclusive_price_taxed_again_gives_the_price_within_a_cent(price, rate_ppm):
    inclusive, exclusive = (TaxRule("VAT", "percent", inside, False, rate_ppm, 0) for inside in (True, False))
    assert abs(charge(charge(price, inclusive).net_minor, exclusive).gross_minor - price) <= 1


@given(st.lists(st.tuples(prices, rates_ppm), max_size=6))
def test_the_taxes_contained_in_a_document_are_the_exact_sum_rounded_once(items):
    document = [
        TaxableLine(price, compile_rules([TaxRule(f"VAT{rate_ppm}", "percent", True, False, rate_ppm, 0)]))
        for price, rate_ppm in items
    ]
    exact = sum((price * Fraction(rate_ppm, 1_000_000 + rate_ppm) for price, rate_ppm in items), Fraction(0))
    total = sum(sum(amounts_of(line)) for line in levy_document(document))
    assert total == half_up(exact.numerator, exact.denominator)


@given(st.lists(prices, max_size=6), rates_ppm)
def test_a_tax_added_to_a_document_is_the_rate_on_its_sum_rounded_once(entered, rate_ppm):
    vat = compile_rules([TaxRule("VAT", "percent", False, False, rate_ppm, 0)])
    total = sum(sum(amounts_of(line)) for line in levy_document([TaxableLine(price, vat) for price in entered]))
    assert total == half_up(sum(entered) * rate_ppm, 1_000_000)
