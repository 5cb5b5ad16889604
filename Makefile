# `make run` and `make test` are all one needs; both make .venv by themselves, once, from the hash-locked requirements.
#   make run PORT=9000 ARGS="--host 0.0.0.0 --tls"

PYTHON ?= python3
VENV := .venv/bin

.PHONY: run test test-fast test-slow test-long check bench-sound bench-capture bench-browsers bench-home bench-news bench-mixdown bench-replays soak lock speech screenshot installed installed-dev

run: installed
	@exec $(VENV)/python manage.py up --demo $(ARGS)

# Unit and socket tests, then real browsers: a quarter of an hour.
test: installed-dev
	@exec $(VENV)/python -m tests.lanes

# The same without browsers; ARGS goes to pytest.
test-fast: installed-dev
	@exec $(VENV)/python -m pytest tests $(ARGS)

# Longer journeys, races and kills (marked slow), which .ci/run goes as well.
test-slow: installed-dev
	@exec $(VENV)/python -m tests.lanes -m "slow and not long"

# What takes minutes (marked long): bad networks, blackouts.
test-long: installed-dev
	@exec $(VENV)/python -m tests.lanes -m long

check: installed-dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/djlint --lint --quiet templates
	$(VENV)/python manage.py makemigrations --check --dry-run
	$(VENV)/python manage.py check

# What one core carries, beside Janus (apt-get install janus), aiortc's own path and the least a server can do: a quarter
# of an hour, best as root on a quiet machine of two cores. Writes docs/performance.md; ARGS="--quick" only prints.
bench-sound: installed
	@exec $(VENV)/python -m tests.benchmarks.sound $(ARGS)

# What it costs a relay to keep what thirteen people say: five minutes, best as root on a quiet machine. Writes
# docs/performance.md; ARGS="--quick" only prints.
bench-capture: installed
	@exec $(VENV)/python -m tests.benchmarks.capture $(ARGS)

# An hour of people coming and going, less than half a core: does the relay's memory stay flat? ARGS="--minutes 5"
soak: installed
	@exec $(VENV)/python -m tests.benchmarks.soak $(ARGS)

# How long news and voices take from one browser to another.
bench-browsers: installed-dev
	@exec $(VENV)/python -m tests.benchmarks.browsers

# What the home page and the search take with a crowd of 200,000, which it makes first; minutes. With DATABASE_URL of an
# empty PostgreSQL database of its own, and REDIS_URL. Writes docs/performance.md.
bench-home: installed
	@exec $(VENV)/python -m tests.benchmarks.home

# What it costs to tell the followers of a host: DATABASE_URL of an empty PostgreSQL database and REDIS_URL of a Redis of
# its own. Writes docs/performance.md.
bench-news: installed
	@exec $(VENV)/python -m tests.benchmarks.news

# How long it takes to make a replay of an hour with thirteen speakers, best on a quiet machine. Writes
# docs/performance.md.
bench-mixdown: installed
	@exec $(VENV)/python -m tests.benchmarks.mixdown

# What 500 players of a replay do to a live Space on the same machine: three minutes, best as root. Writes
# docs/performance.md; ARGS="--quick" only prints.
bench-replays: installed
	@exec $(VENV)/python -m tests.benchmarks.replays $(ARGS)

# Maintainers only, with uv: after a change to requirements.in, requirements-s3.in or requirements-dev.in.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes requirements-s3.in -o requirements-s3.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

# The demo's voices, with espeak-ng, after a change to rooms/demo/speech/script.txt; and what says that a Space is recorded.
speech: installed
	$(VENV)/python -m rooms.demo.make_speech
	$(VENV)/python -m rooms.demo.make_announcements

# The README's picture, from the running demo.
screenshot: installed-dev
	$(VENV)/python -m tests.screenshot

installed:
	@$(PYTHON) config/install.py requirements.txt

installed-dev:
	@$(PYTHON) config/install.py requirements.txt requirements-dev.txt
