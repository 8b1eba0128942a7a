"""The pages of the register of people: by right, for a purpose, each look in the audit."""

from pathlib import Path

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from schemas.registers.person_class import PersonClass
from tests.builders.register_files import id_number
from tests.hub.workbench.register_pages.office import CARED, code, enter, fill, look
from tests.hub.workbench.site import Site, latin_words, serve


def test_a_person_is_opened_by_number_for_a_purpose(store: Store, tmp_path: Path) -> None:
    """The ID number is masked, other classes are hidden, and the audit has the look."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        page = await look(site, 1)
        for shown in ("王小明", "东门社区1栋", "独居老人", "一网格", "H1"):
            assert shown in page
        assert id_number(1) not in page
        assert "吸毒" not in page
        assert set(latin_words(page)) == set()
        what, who, role, _, detail = site.audit()[-1]
        assert (what, who, role) == ("register_look", "主任", "city")
        classes = "cared.lives_alone,key.drug_use"
        assert detail == f"people {code(1)[:18]} grid=G1 class={classes} purpose=visit "

    serve(store, tmp_path, talk)


def test_a_grid_is_listed_without_names(store: Store, tmp_path: Path) -> None:
    """Rows have class, household and last visit; a button with a purpose opens one."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        page = await site.page("/work/registers?grid=G1&class=cared.lives_alone")
        assert page.count('name="code"') == 2
        for hidden in ("王小明", "周小天", id_number(1), "吸毒", code(2)):
            assert hidden not in page
        assert site.audit()[-1][4] == "people grid=G1 class=cared.lives_alone"
        answer = await site.send("/work/registers", code=code(5), purpose="visit")
        assert "周小天" in await answer.text()

    serve(store, tmp_path, talk)


def test_residents_are_opened_with_their_classes_hidden(store: Store, tmp_path: Path) -> None:
    """So whoever may open anybody of an area does not learn who is a key person."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, residents=True)
        assert "赵小刚" in await look(site, 3)
        page = await look(site, 2)
        assert "李小红" in page
        assert "吸毒" not in page
        assert "<dt>类别" not in page

    serve(store, tmp_path, talk)


def test_the_auditor_sees_who_looked_and_no_name(store: Store, tmp_path: Path) -> None:
    """By member, class and purpose, with what is unusual; the page is for auditors only."""
    fill(store)

    async def talk(site: Site) -> None:
        for name in ("甲主任", "乙主任", "丙主任"):
            await enter(site, *CARED, name=name)
            await look(site, 1, purpose="verify", words="核实路灯诉求的地址")
        for number in (11, 12, 13):
            await look(site, number, 404)
        await site.page("/work/registers/looks", 403)
        await site.log_in("审计员", StaffRole.AUDITOR)
        page = await site.page("/work/registers/looks")
        for shown in ("甲主任", "核实诉求", "独居老人", "核实路灯诉求的地址", code(1)[:18]):
            assert shown in page
        assert "多次未查到，可能在试号码" in page
        assert "王小明" not in page
        assert id_number(1) not in page
        for number in (1, 11, 12, 13):
            page = page.replace(code(number)[:18], "")
        assert "一网格（G1）" in page
        assert latin_words(page) == []
        assert "人员台账</span>" not in page

    serve(store, tmp_path, talk)


def test_the_entry_of_the_navigation_follows_the_right(store: Store, tmp_path: Path) -> None:
    """Whoever has none does not see the page in the navigation."""
    fill(store)

    async def talk(site: Site) -> None:
        await site.log_in("无权", StaffRole.CITY)
        assert 'href="/work/registers"' not in await site.page("/work/grids")
        await enter(site, PersonClass.DRUG_USE)
        assert 'href="/work/registers"' in await site.page("/work/grids")

    serve(store, tmp_path, talk)
