from django.urls import path

from rooms.views import calendar, invitations, people, signalling, spaces, stage

urlpatterns = [
    path("", spaces.home, name="home"),
    path("spaces/", spaces.Spaces.as_view(), name="spaces"),
    path("spaces/new/", spaces.new, name="space_new"),
    path("spaces/<slug:slug>.ics", calendar.SpaceFile.as_view(), name="space_ics"),
    path("spaces/<slug:slug>.json", spaces.SpaceFacts.as_view(), name="space_json"),
    path("spaces/<slug:slug>/", spaces.SpacePage.as_view(), name="space"),
    path("spaces/<slug:slug>/attendance/", stage.Attendance.as_view(), name="attendance"),
    path("spaces/<slug:slug>/hand/", stage.Hand.as_view(), name="hand"),
    path("spaces/<slug:slug>/seat/", stage.Seat.as_view(), name="seat"),
    path("spaces/<slug:slug>/seat/mute/", stage.Mute.as_view(), name="mute"),
    path("spaces/<slug:slug>/people/", people.People.as_view(), name="people"),
    path("spaces/<slug:slug>/people/<uuid:pid>/", stage.Person.as_view(), name="person"),
    path("spaces/<slug:slug>/people/<uuid:pid>/seat/", stage.PersonSeat.as_view(), name="person_seat"),
    path("spaces/<slug:slug>/people/<uuid:pid>/mute/", stage.PersonMute.as_view(), name="person_mute"),
    path("spaces/<slug:slug>/token/", stage.Token.as_view(), name="token"),
    path("invitations/<uuid:pk>/", invitations.Invitation.as_view(), name="invitation"),
    path("notices/<int:pk>/", invitations.Notice.as_view(), name="notice"),
    path("calendar/", calendar.CalendarPage.as_view(), name="calendar"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("spaces/<slug:slug>/whep", signalling.Whep.as_view(), name="whep"),
    path("spaces/<slug:slug>/whep/<str:session>", signalling.Session.as_view(), name="whep_session"),
    path("spaces/<slug:slug>/whip", signalling.Whip.as_view(), name="whip"),
    path("spaces/<slug:slug>/whip/<str:session>", signalling.Session.as_view(), name="whip_session"),
]
