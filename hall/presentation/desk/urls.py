"""The desk's pages."""

from django.urls import path

from hall.presentation.desk import actions, cases, queue, ratings

app_name = "desk"
urlpatterns = [
    path("", queue.show, name="queue"),
    path("/claim", queue.claim, name="claim"),
    path("/claim-next", queue.claim_next, name="claim_next"),
    path("/ratings", ratings.show, name="ratings"),
    path("/ratings/<int:rating_id>/reply", ratings.reply, name="reply"),
    path("/cases/<str:serial>", cases.show, name="case"),
    path("/cases/<str:serial>/put-back", actions.put_back, name="put_back"),
    path("/cases/<str:serial>/actions/<str:action>", actions.act, name="act"),
    path("/cases/<str:serial>/files/<uuid:file_id>", cases.download, name="file"),
    path("/cases/<str:serial>/files/<uuid:file_id>/pages/<int:number>.png", cases.preview, name="preview"),
    path("/cases/<str:serial>/documents/<int:document_id>", cases.document, name="document"),
]
