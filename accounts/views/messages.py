"""What people write to each other: the lists, a conversation, and what one does in it."""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import fragments, selectors
from accounts.models import Message, Side
from accounts.rules import refuse_if
from accounts.services import messages
from accounts.validators import key
from accounts.views.scope import MyView, see_other, somebody


class Inbox(MyView):
    folder = Side.Folder.INBOX

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/inbox.html", fragments.list_context(self.me, self.folder))


class Requests(Inbox):
    folder = Side.Folder.REQUESTS


class ConversationView(MyView):
    def side(self) -> Side:
        """One's own side of the conversation in the address; 404 for everybody who is not in it."""
        try:
            return selectors.conversation(self.me, self.kwargs["conversation"])
        except Side.DoesNotExist as error:
            raise Http404 from error

    def message(self) -> Message:
        try:
            return selectors.message(self.side(), key(str(self.kwargs["pk"])))
        except Message.DoesNotExist as error:
            raise Http404 from error


class Conversation(ConversationView):
    def get(self, request: HttpRequest, conversation) -> HttpResponse:
        side, before = self.side(), key(request.GET.get("before", ""))
        context = fragments.thread_context(selectors.thread(side, before=before))
        if before:
            return render(request, "accounts/_earlier.html", context)
        return render(
            request, "accounts/conversation.html", fragments.list_context(self.me, side.folder, side) | context
        )

    def post(self, request: HttpRequest, conversation) -> HttpResponse:
        """Answers with the conversation as it is now, right even while the socket is down."""
        messages.send(to=self.side().other, text=request.POST.get("text", ""), by=self.me)
        side = self.side()
        thread = selectors.thread(side, start=key(request.POST.get("from", "")))
        return HttpResponse(fragments.conversation(self.me, side.folder, thread))

    def delete(self, request: HttpRequest, conversation) -> HttpResponse:
        side = self.side()
        messages.forget_all(conversation=side.conversation, by=self.me)
        return see_other(reverse("inbox" if side.folder == Side.Folder.INBOX else "message_requests"))


class OneMessage(ConversationView):
    def delete(self, request: HttpRequest, conversation, pk: int) -> HttpResponse:
        message = self.message()
        messages.forget(message=message, by=self.me)
        return render(request, "accounts/_message_gone.html", {"message": message})


class Reading(ConversationView):
    def put(self, request: HttpRequest, conversation) -> HttpResponse:
        up_to = key(QueryDict(request.body).get("up_to", ""))
        messages.read(conversation=self.side().conversation, up_to=up_to, by=self.me)
        return HttpResponse(status=204)


class Acceptance(ConversationView):
    def post(self, request: HttpRequest, conversation) -> HttpResponse:
        messages.accept(conversation=self.side().conversation, by=self.me)
        return redirect("conversation", conversation)


class Writing(MyView):
    """To somebody: where the conversation is, or begins."""

    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        person = somebody(handle)
        if begun := selectors.conversation_with(self.me, person):
            return redirect("conversation", begun.pk)
        refuse_if(person == self.me, "write_oneself")
        context = fragments.list_context(self.me, Side.Folder.INBOX) | fragments.composer_context(self.me, person)
        context["welcome"] = selectors.welcomes(person, self.me)
        return render(request, "accounts/write_to.html", context)

    def post(self, request: HttpRequest, handle: str) -> HttpResponse:
        sent = messages.send(to=somebody(handle), text=request.POST.get("text", ""), by=self.me)
        return redirect("conversation", sent.conversation_id)
