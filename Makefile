# Every target sets up what it needs. `make help` lists them.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv/.complete
POLICY := .venv-policy/.complete
# -E -s: PYTHON… of the shell and packages of the user do not count.
PYTHON_ISOLATED := .venv/bin/python -E -s -X utf8
HARNESS := $(PYTHON_ISOLATED) -m harness
# Settings count on make's command line only: what the shell happens to hold must not lead to a real account.
# They go to the commands through the environment, as they were typed: neither make nor the shell reads them.
SETTINGS := AGENT BROKEN CALL_AGENTS DIRECTORY DOCUMENT DOCUMENTS ENV ERROR GIVE_UP HURRY INVENTORY PLAN PREFIX REHEARSAL RESET SECONDS SEED SHOW SINCE SOURCE START STOP UNTIL VERBOSE
INHERITED := $(foreach setting,$(SETTINGS),$(if $(filter environment,$(origin $(setting))),$(setting)))
$(foreach setting,$(SETTINGS),$(eval override $(setting) := $(if $(filter command,$(origin $(setting))),$$(value $(setting)))))
export $(SETTINGS)
# Of these only 1 means yes: to `$(if)` any text would.
SWITCHES := BROKEN REHEARSAL SHOW START STOP VERBOSE
$(foreach switch,$(SWITCHES),$(if $(filter-out x x1,x$(value $(switch))),\
	$(error $(switch) is a switch: say $(switch)=1, or leave $(switch) out)))
ignore = $(if $(filter $(1),$(INHERITED)),echo '$(filter $(1),$(INHERITED)) of the environment is ignored: settings count on the command line of make.' >&2;)
TARGET := $(if $(ENV),--environment="$$ENV") $(if $(DIRECTORY),--directory="$$DIRECTORY")
UV_COMPILE := uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help demo process up down plan apply backfill circuits backlog rerun redrive soak test fuzz test-fast bench lint policy docs samples probe lock adversary

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV) ## Apply the module to an embedded AWS and send sample confirmations through it: VERBOSE=1 shows each run whole
	@$(call ignore,VERBOSE) $(HARNESS) demo $(if $(VERBOSE),--verbose)

up: $(VENV) ## Apply the module to an embedded AWS and leave it running
	@$(HARNESS) up

down: $(VENV) ## End what `make up` left running
	@$(HARNESS) down

process: $(VENV) ## Send a document through it: DOCUMENT=file.pdf SOURCE=BANK, and ENV=dev or DIRECTORY=… for a real account
	@$(call ignore,DIRECTORY DOCUMENT ENV SOURCE) $(HARNESS) process $(if $(SOURCE),--source="$$SOURCE") $(TARGET) -- "$$DOCUMENT"

plan: $(VENV) ## Say what an apply would change in a real account: ENV=dev
	@$(call ignore,ENV) $(HARNESS) plan -- "$$ENV"

apply: $(VENV) ## Apply an environment to a real account: ENV=dev
	@$(call ignore,ENV) $(HARNESS) apply -- "$$ENV"

backfill: $(VENV) ## Process the objects that the bucket has already: PREFIX=BANK/ or INVENTORY=s3://…, REHEARSAL=1 only counts, STOP=1 ends it
	@$(call ignore,DIRECTORY ENV INVENTORY PREFIX REHEARSAL STOP) $(HARNESS) backfill $(if $(PREFIX),--prefix="$$PREFIX") $(if $(INVENTORY),--inventory="$$INVENTORY") $(if $(REHEARSAL),--rehearsal) $(if $(STOP),--stop) $(TARGET)

circuits: $(VENV) ## Show each agent's circuit: RESET=agent closes one, and ENV=dev or DIRECTORY=… for a real account
	@$(call ignore,DIRECTORY ENV RESET) $(HARNESS) circuits $(if $(RESET),--reset="$$RESET") $(TARGET)

backlog: $(VENV) ## Show which documents wait, and for what: HURRY=document goes on, GIVE_UP=document waits no more; ENV=dev or DIRECTORY=… for a real account
	@$(call ignore,DIRECTORY ENV GIVE_UP HURRY) $(HARNESS) backlog $(if $(HURRY),--hurry="$$HURRY") $(if $(GIVE_UP),--give-up="$$GIVE_UP") $(TARGET)

rerun: $(VENV) ## Run failed documents again: ERROR=… AGENT=… SINCE=… UNTIL=… choose, START=1 does it, and ENV=dev or DIRECTORY=… for a real account
	@$(call ignore,AGENT DIRECTORY ENV ERROR SINCE START UNTIL) $(HARNESS) rerun $(if $(ERROR),--error="$$ERROR") $(if $(AGENT),--agent="$$AGENT") $(if $(SINCE),--since="$$SINCE") $(if $(UNTIL),--until="$$UNTIL") $(if $(START),--start) $(TARGET)

redrive: $(VENV) ## Run the documents of the dead letters again: SHOW=1 only shows them, and ENV=dev or DIRECTORY=… for a real account
	@$(call ignore,DIRECTORY ENV SHOW) $(HARNESS) redrive $(if $(SHOW),--show) $(TARGET)

soak: $(VENV) ## Send many documents at once through faults of every kind: DOCUMENTS=1000 SEED=…
	@$(call ignore,DOCUMENTS SEED) $(HARNESS) soak $(if $(DOCUMENTS),--documents="$$DOCUMENTS") $(if $(SEED),--seed="$$SEED")

adversary: $(VENV) ## Play uploads, starts, faults and kills at random against a model: DOCUMENTS=600 SEED=… BROKEN=1
	@$(call ignore,BROKEN DOCUMENTS SEED) $(HARNESS) adversary $(if $(BROKEN),--broken) $(if $(DOCUMENTS),--documents="$$DOCUMENTS") $(if $(SEED),--seed="$$SEED")

test: $(VENV) $(POLICY) ## Run all tests
	@$(PYTHON_ISOLATED) -m pytest -n 5

fuzz: $(VENV) ## Run the generative tests on examples that `make test` does not draw: SECONDS=300 SEED=…
	@$(call ignore,SECONDS SEED) $(HARNESS) fuzz $(if $(SECONDS),--seconds="$$SECONDS") $(if $(SEED),--seed="$$SEED")

test-fast: $(VENV) ## Run the tests that apply nothing and read no PDF; what `make lint` asks too is left to it
	@$(PYTHON_ISOLATED) -m pytest -n 3 tests/structure/test_structure.py tests/plan/test_source.py tests/plan/test_validations.py tests/asl tests/unit

bench: $(VENV) ## Measure plans, bursts and outages, and write docs/benchmarks.md
	@$(HARNESS) bench

lint: $(VENV) ## Check the Python and Terraform code, the state machines and docs/
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@$(HARNESS) check

policy: $(VENV) $(POLICY) ## Check the module, the examples and a plan against the policies
	@$(call ignore,PLAN) $(HARNESS) policy $(if $(PLAN),--plan="$$PLAN")

docs: $(VENV) ## Write the documents that are made from the code
	@$(HARNESS) docs

samples: $(VENV) ## Write the sample confirmations anew
	@$(PYTHON_ISOLATED) -m samples.make_samples

probe: $(VENV) ## Ask a real AWS what its documents leave open: ENV=dev or DIRECTORY=…, AGENT=arn:… to ask how long calls may last, CALL_AGENTS=s3://… to call pdf-adapter
	@$(call ignore,AGENT CALL_AGENTS DIRECTORY ENV) $(HARNESS) probe $(TARGET) $(if $(AGENT),--agent="$$AGENT") \
		$(if $(CALL_AGENTS),--call-agents="$$CALL_AGENTS")

lock: ## Pin the Python dependencies anew (needs uv)
	@$(UV_COMPILE) --extra harness pyproject.toml -o requirements/harness.txt
	@$(UV_COMPILE) requirements/policy.in -o requirements/policy.txt
	@$(UV_COMPILE) requirements/terraform.in -o requirements/terraform.txt

.venv/.complete: requirements/harness.txt
.venv-policy/.complete: requirements/policy.txt
.venv/.complete .venv-policy/.complete:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: put it on PATH, or name it: make PYTHON=…" >&2; exit 1; }
	@test ! -h $(@D) || { echo "$(@D) is a link, and to install into it would erase what it leads to: remove the link." >&2; exit 1; }
	@echo "install $< into $(@D)"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
