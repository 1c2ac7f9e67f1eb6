"""The frame's own addresses."""

from django.urls import path

from hall.presentation.design import display

app_name = "design"
urlpatterns = [
    path("display", display.choose, name="display"),
    path("session/token", display.form_token, name="form_token"),
    path("session/stay", display.stay, name="stay"),
]
