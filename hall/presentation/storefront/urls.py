"""The public pages."""

from django.urls import path

from hall.presentation.storefront import (
    about,
    basket,
    bundles,
    departments,
    home,
    items,
    life,
    material_files,
    opendata,
    progress,
    region,
    search,
    themes,
    verify,
)

app_name = "storefront"
urlpatterns = [
    path("", home.show, name="home"),
    path("search", search.show, name="search"),
    path("search/suggest", search.suggest, name="suggest"),
    path("search/opened", search.opened, name="opened"),
    path("items/<str:code>", items.show, name="item"),
    path("items/<str:code>/reviews", items.reviews, name="item_reviews"),
    path("items/<str:code>/materials/<str:key>/blank-form", material_files.blank_form, name="blank_form"),
    path("items/<str:code>/materials/<str:key>/sample", material_files.sample, name="sample"),
    path("themes", themes.index, name="themes"),
    path("themes/<str:code>", themes.show, name="theme"),
    path("departments", departments.index, name="departments"),
    path("life", life.index, name="life"),
    path("life/<str:code>", life.show, name="life_event"),
    path("departments/<str:code>", departments.show, name="department"),
    path("departments/<str:code>/reviews", departments.reviews, name="department_reviews"),
    path("basket", basket.show, name="basket"),
    path("basket/add", basket.add, name="add_to_basket"),
    path("bundles", bundles.index, name="bundles"),
    path("bundles/<str:code>", bundles.show, name="bundle"),
    path("region", region.choose, name="region"),
    path("progress", progress.show, name="progress"),
    path("verify", verify.find, name="verify"),
    path("verify/<str:code>", verify.show, name="verify_document"),
    path("open", opendata.show, name="open"),
    path("open/<str:name>", opendata.download, name="open_file"),
    path("help", about.guide, name="help"),
    path("accessibility", about.accessibility, name="accessibility"),
    path("privacy", about.privacy, name="privacy"),
]
