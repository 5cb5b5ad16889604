"""Profile pages. Signing up, in and out are django-allauth's views with this site's templates."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import selectors
from accounts.forms import ProfileForm
from accounts.models import User
from accounts.services import people


@require_safe
def profile(request, handle: str):
    try:
        person = selectors.person(handle)
    except User.DoesNotExist as error:
        raise Http404("Nobody here goes by this handle.") from error
    if handle != person.handle:
        return redirect(person, permanent=True)
    return render(request, "accounts/profile.html", {"person": person})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile_edit(request):
    user = request.user
    form = ProfileForm(request.POST or None, initial={"display_name": user.display_name, "bio": user.bio})
    if form.is_valid():
        people.edit_profile(user=user, by=user, **form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect(user)
    return render(request, "accounts/profile_edit.html", {"form": form})
