"""The applicant's pages."""

from django.urls import path

from hall.presentation.myspace import accounts, applications, cases, corrections, enterprises, home, materials, notices, ratings

app_name = "myspace"
urlpatterns = [
    path("sign-in", accounts.sign_in, name="sign_in"),
    path("sign-out", accounts.sign_out, name="sign_out"),
    path("register", accounts.register, name="register"),
    path("my", home.show, name="home"),
    path("my/profile", accounts.profile, name="profile"),
    path("my/profile/password", accounts.password, name="password"),
    path("my/profile/identity", accounts.identity, name="identity"),
    path("my/enterprises", enterprises.show, name="enterprises"),
    path("my/enterprises/register", enterprises.register, name="register_enterprise"),
    path("my/enterprises/choose", enterprises.choose, name="choose_enterprise"),
    path("my/enterprises/<int:enterprise_id>/agents", enterprises.agents, name="agents"),
    path("my/notices", notices.show, name="notices"),
    path("my/notices/read", notices.read_all, name="read_notices"),
    path("my/applications/new", applications.choose, name="new_application"),
    path("my/applications/start", applications.start, name="start_application"),
    path("my/applications/<int:draft_id>/form", applications.form, name="form"),
    path("my/applications/<int:draft_id>/draft", applications.autosave, name="autosave"),
    path("my/applications/<int:draft_id>/materials", materials.show, name="materials"),
    path("my/applications/<int:draft_id>/materials/<str:key>", materials.upload, name="upload"),
    path("my/applications/<int:draft_id>/files/<uuid:file_id>", materials.download, name="draft_file"),
    path("my/applications/<int:draft_id>/files/<uuid:file_id>/remove", materials.remove, name="remove_file"),
    path("my/applications/<int:draft_id>/review", applications.review, name="review"),
    path("my/applications/<int:draft_id>/submit", applications.submit, name="submit"),
    path("my/applications/<int:draft_id>/renew", applications.renew, name="renew"),
    path("my/applications/<int:draft_id>/discard", applications.discard, name="discard"),
    path("my/cases", cases.index, name="cases"),
    path("my/cases/<str:serial>", cases.show, name="case"),
    path("my/cases/<str:serial>/submitted", cases.submitted, name="submitted"),
    path("my/cases/<str:serial>/receipt", cases.receipt, name="receipt"),
    path("my/cases/<str:serial>/documents/<int:document_id>", cases.document, name="document"),
    path("my/cases/<str:serial>/files/<uuid:file_id>", cases.download, name="file"),
    path("my/cases/<str:serial>/withdraw", cases.withdraw, name="withdraw"),
    path("my/cases/<str:serial>/correction", corrections.show, name="correction"),
    path("my/cases/<str:serial>/correction/submit", corrections.submit, name="resubmit"),
    path("my/cases/<str:serial>/correction/<int:point_id>/value", corrections.save_value, name="correct_field"),
    path("my/cases/<str:serial>/correction/<int:point_id>/files", corrections.upload, name="correct_material"),
    path("my/cases/<str:serial>/correction/<int:point_id>/files/<uuid:file_id>/remove", corrections.remove, name="remove_correction_file"),
    path("my/cases/<str:serial>/rating", ratings.rate, name="rate"),
    path("my/cases/<str:serial>/rating/supplement", ratings.supplement, name="supplement"),
]
