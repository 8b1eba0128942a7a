"""The special digests: of one case, and of one matter."""

from datetime import timedelta

import pytest

from hub.digest.queries import Day
from hub.digest.special import NoDigestError, codes_of, of_case, of_matter
from hub.store.client import Store
from tests.hub.digest.past import DAY, LATER, Past, rows_of, section


def test_a_case_has_a_digest_of_its_own(filled: tuple[Store, Past]) -> None:
    """It has the reports, the entries in order, and similar cases in the grid."""
    store, past = filled
    case = max(past.state.cases.values(), key=lambda item: len(item.reports))
    document = of_case(store.named, LATER, str(case.case_id))
    assert len(rows_of(document, "反映情况")) == len(case.reports)
    assert len(rows_of(document, "办理过程")) == case.seq
    assert dict(rows_of(document, "概况"))["诉求"].startswith(f"{len(case.reports)}件")
    with pytest.raises(NoDigestError, match="no case"):
        of_case(store.named, LATER, "00000000-0000-0000-0000-000000000000")


def test_a_matter_has_a_digest_of_its_own(filled: tuple[Store, Past]) -> None:
    """A matter is a leaf, a family, a Chinese name, or words; unknown words are reported."""
    store, past = filled
    assert codes_of("environment.water") == codes_of("水体污染") == ["environment.water"]
    assert set(codes_of("market")) == set(codes_of("market.*")) > {"market.food"}
    by_code = of_matter(store.named, LATER, "水体污染")
    assert section(by_code, "总体趋势").words == ("共7件诉求。",)
    by_words = of_matter(store.named, LATER, "河水")
    assert section(by_words, "总体趋势").words == ("共7件诉求。",)
    whole = of_matter(store.named, LATER, "facility")
    (settled,) = rows_of(whole, "办结情况") or [()]
    assert settled == ()
    after = of_matter(store.named, Day(DAY + timedelta(days=5), LATER.now), "facility")
    ((unit, cases, *_),) = rows_of(after, "办结情况")
    assert (unit, cases) == ("城管所", "1")
    ((where, reports, *_),) = rows_of(by_code, "分布")
    assert (where, reports) == ("镇", "7")
    assert len({case.case_id for case in past.state.cases.values()}) > 3
    with pytest.raises(NoDigestError, match="nobody reported"):
        of_matter(store.named, LATER, "飞碟")
