"""One joint application of the demo world: a company opens a restaurant, and the first part is done already."""

import io
from datetime import datetime

from django.utils import timezone

from hall.presentation.commandline.demo.days import Diary
from hall.presentation.commandline.demo.filling import answers_for, paper
from hall.services.applications import baskets, joint, joint_queries
from hall.services.cases import joint_queries as joint_cases
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor
from hall.support.filestore import store

BUNDLE, FIRST = "YJS001", "370126001000"  # 开办餐馆, 公司设立登记
BEGUN = "YJS004"  # 新生儿出生
IN_BASKET = ("372021001000", "372021002000", "370707004000", "372011009000", "370708002000")


def apply_together(*, actor: Actor, now: datetime) -> tuple[str, Diary] | None:
    """Hand the bundle in three days ago; returns its number and the diary to go on with, None where the bundle is not loaded."""
    bundle = catalogue.bundle(BUNDLE)
    if bundle is None:
        return None
    diary = Diary.from_days_ago(3, now, 20)
    codes = [card.code for card in bundle.cards]
    draft_id = joint.start_joint(actor=actor, codes=codes, name=bundle.bundle.name, bundle_code=BUNDLE, now=diary.moment)
    page = joint_queries.joint_draft_page(actor, draft_id, now=diary.moment)
    assert page is not None
    answers = {**answers_for(page.whole.form.definition, timezone.localdate(diary.moment)), **page.answers}
    saved = joint.save_joint(actor=actor, draft_id=draft_id, revision=page.revision, answers=answers, now=diary.later(minutes=9))
    for material in page.whole.materials:
        if material.is_required:
            extension = "pdf" if "pdf" in material.accept else material.accept[0]
            file = store.store_upload(
                actor=actor,
                stream=io.BytesIO(paper(material.name, extension)),
                declared_name=f"{material.name}.{extension}",
                accept=(extension,),
                max_bytes=material.max_bytes,
                now=diary.later(minutes=1),
            )
            joint.add_material(actor=actor, draft_id=draft_id, material_key=material.key, file=file, now=diary.moment)
    done = joint.submit_joint(actor=actor, draft_id=draft_id, revision=saved.revision, now=diary.later(minutes=4))
    return done.serial, diary


def numbers_of_parts(*, actor: Actor, serial: str, now: datetime) -> dict[str, str]:
    """The numbers of the parts that are cases by now, by item."""
    file = joint_cases.joint_file(actor, serial, now=now)
    assert file is not None
    return {part.item_code: part.case.serial for part in file.row.parts if part.case}


def leave_begun(*, actor: Actor, now: datetime) -> None:
    """A bundle that somebody began to fill in, and a basket with some items."""
    bundle = catalogue.bundle(BEGUN)
    if bundle is not None:
        codes = [card.code for card in bundle.cards]
        joint.start_joint(actor=actor, codes=codes, name=bundle.bundle.name, bundle_code=BEGUN, now=now)
    baskets.put_in(actor=actor, codes=IN_BASKET, now=now)
