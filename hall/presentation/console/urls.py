"""The console's pages."""

from django.urls import path

from hall.presentation.console import accounts, items, items_review, overview, ratings, search, search_hot, search_words, trail
from hall.presentation.design import addresses

addresses.register()
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
    path("/items", items.index, name="items"),
    path("/items/review", items_review.index, name="review_items"),
    path("/items/review/<int:draft_id>", items_review.show, name="review_item"),
    path("/items/review/<int:draft_id>/publish", items_review.publish, name="publish_item"),
    path("/items/review/<int:draft_id>/return", items_review.give_back, name="return_item"),
    path("/items/review/<int:draft_id>/preview", items_review.preview, name="preview_item"),
    path("/items/review/<int:draft_id>/files/<uuid:file_id>", items_review.download, name="item_file"),
    path("/items/<item:code>", items.show, name="item"),
    path("/items/<item:code>/suspend", items.suspend, name="suspend_item"),
    path("/items/<item:code>/resume", items.resume, name="resume_item"),
    path("/items/<item:code>/abolish", items.abolish, name="abolish_item"),
    path("/items/<item:code>/compare", items.compare, name="compare_item"),
    path("/trail", trail.show, name="trail"),
    path("/trail/verify", trail.verify, name="verify_trail"),
    path("/trail.csv", trail.export, name="export_trail"),
]
