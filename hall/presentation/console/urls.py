"""The console's pages."""

from django.urls import path

from hall.presentation.console import accounts, overview, ratings, trail

app_name = "console"
urlpatterns = [
    path("", overview.show, name="home"),
    path("/ratings", ratings.show, name="ratings"),
    path("/accounts", accounts.index, name="accounts"),
    path("/accounts/new", accounts.create, name="new_account"),
    path("/accounts/<int:account_id>", accounts.show, name="account"),
    path("/accounts/<int:account_id>/disable", accounts.disable, name="disable"),
    path("/accounts/<int:account_id>/enable", accounts.enable, name="enable"),
    path("/accounts/<int:account_id>/password", accounts.password, name="password"),
    path("/trail", trail.show, name="trail"),
    path("/trail/verify", trail.verify, name="verify_trail"),
    path("/trail.csv", trail.export, name="export_trail"),
]
