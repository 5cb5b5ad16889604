from django.urls import path

from accounts import views

urlpatterns = [
    path("@<str:handle>/", views.profile, name="profile"),
    path("@<str:handle>/follow/", views.Following.as_view(), name="follow"),
    path("me/", views.profile_edit, name="profile_edit"),
]
