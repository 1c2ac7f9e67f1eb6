"""The console's pages."""

from django.urls import path

from hall.presentation.console import accounts, overview, ratings, search, search_hot, search_words, trail

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
    path("/search", search.show, name="search"),
    path("/search/misses", search.misses, name="misses"),
    path("/search/clicks", search.clicks, name="clicks"),
    path("/search/hot", search_hot.show, name="hot_words"),
    path("/search/hot/decide", search_hot.decide, name="decide_hot_word"),
    path("/search/items/<str:code>", search_words.show, name="wording"),
    path("/search/items/<str:code>/synonyms", search_words.add_term, name="add_term"),
    path("/search/items/<str:code>/situations", search_words.add_text, name="add_text"),
    path("/search/items/<str:code>/switch", search_words.switch, name="switch_wording"),
    path("/trail", trail.show, name="trail"),
    path("/trail/verify", trail.verify, name="verify_trail"),
    path("/trail.csv", trail.export, name="export_trail"),
]
