"""The desk's pages."""

from django.urls import path

from hall.presentation.design import addresses
from hall.presentation.desk import (
    actions,
    asks,
    cases,
    forms,
    guides,
    items,
    items_drafts,
    items_editor,
    licences,
    queue,
    ratings,
    results,
)

addresses.register()
app_name = "desk"
urlpatterns = [
    path("", queue.show, name="queue"),
    path("/claim", queue.claim, name="claim"),
    path("/claim-next", queue.claim_next, name="claim_next"),
    path("/ratings", ratings.show, name="ratings"),
    path("/ratings/<int:rating_id>/reply", ratings.reply, name="reply"),
    path("/asks", asks.index, name="asks"),
    path("/asks/<int:ask_id>", asks.show, name="ask"),
    path("/asks/<int:ask_id>/close", asks.close, name="close_ask"),
    path("/asks/<int:ask_id>/tried", asks.tried, name="try_ask"),
    path("/asks/<int:ask_id>/pass-on", asks.pass_on, name="pass_ask_on"),
    path("/items", items.index, name="items"),
    path("/items/new", items.create, name="new_item"),
    path("/items/drafts", items.drafts_index, name="item_drafts"),
    path("/items/drafts/<int:draft_id>", items_drafts.show, name="item_draft"),
    path("/items/drafts/<int:draft_id>/edit/<slug:section>", items_editor.edit, name="item_section"),
    path("/items/drafts/<int:draft_id>/materials/<int:seq>", items_editor.material, name="item_material"),
    path("/items/drafts/<int:draft_id>/files/<uuid:file_id>", items_drafts.download, name="item_file"),
    path("/items/drafts/<int:draft_id>/preview", items_drafts.preview, name="item_preview"),
    path("/items/drafts/<int:draft_id>/submit", items_drafts.submit, name="submit_item"),
    path("/items/drafts/<int:draft_id>/discard", items_drafts.discard, name="discard_item"),
    path("/items/drafts/<int:draft_id>/catch-up", items_drafts.catch_up, name="catch_up_item"),
    path("/items/<item:code>", items.show, name="item"),
    path("/items/<item:code>/draft", items.start, name="start_item_draft"),
    path("/items/<item:code>/compare", items.compare, name="compare_item"),
    *forms.pages.urls(),
    *forms.tables.urls(),
    *guides.pages.urls(),
    path("/cases/<str:serial>", cases.show, name="case"),
    path("/cases/<str:serial>/put-back", actions.put_back, name="put_back"),
    path("/cases/<str:serial>/actions/<str:action>", actions.act, name="act"),
    path("/cases/<str:serial>/licences/<int:licence_id>/recheck", licences.recheck, name="recheck_licence"),
    path("/cases/<str:serial>/results/<int:document_id>/revoke", results.revoke, name="revoke_result"),
    path("/cases/<str:serial>/results/<int:document_id>/replace", results.replace, name="replace_result"),
    path("/cases/<str:serial>/files/<uuid:file_id>", cases.download, name="file"),
    path("/cases/<str:serial>/files/<uuid:file_id>/pages/<int:number>.png", cases.preview, name="preview"),
    path("/cases/<str:serial>/documents/<int:document_id>", cases.document, name="document"),
]
