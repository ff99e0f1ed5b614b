# Two commands for everybody:
#   make demo    sets everything up; weeks of charts through the whole pipeline
#   make test    sets everything up; passes the tests
# and for who works on it: make lint, make docs, make site, make locks, make test-duckdb-1.5,
# make test-wheel, make test-orchestrators, make test-snowflake, make test-spark, make proof,
# make reliability, make sbom, make audit, make test-aws, make template, make views, make functions,
# make templates, make check-powerbi, make bench

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLD_DUCKDB := .venv-duckdb-1.5
CLOUD_PYTHON = $(shell for one in python3.13 $$HOME/.pyenv/versions/3.13*/bin/python3.13 $(PYTHON); do \
    $$one -c "import venv" 2>/dev/null && echo $$one && break; done)

# Behind a proxy that opens TLS, uv must trust what the system trusts.
export UV_SYSTEM_CERTS := 1
UV_INSTALL = $(BIN)/uv pip install --quiet --require-hashes

.PHONY: demo test proof reliability sbom audit lint docs site locks test-duckdb-1.5 test-wheel \
    test-orchestrators test-aws test-snowflake test-spark template templates check-powerbi views functions \
    bench clean

demo: $(VENV)/.product
	@$(BIN)/chartlake demo

test: $(VENV)/.development
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST)

# The long proofs that nothing is lost or counted twice; the quick ones are among the tests.
proof: $(VENV)/.development .venv-dlt/.made
	@$(BIN)/python -m pytest tests/proof $(PYTEST)

# docs/explanation/reliability.md from the last results of `make test` and `make proof` on this machine.
reliability: $(VENV)/.development
	@$(BIN)/python tools/reliability.py

# What an installed chartlake is made of, as CycloneDX.
sbom: $(VENV)/.development
	@$(BIN)/python tools/sbom.py

# Known vulnerabilities of those parts; ends with 2 and "not run" where nobody could look.
audit: .venv-audit/.made
	@$(BIN)/python tools/audit.py

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check src tests tools bench
	$(BIN)/interrogate --quiet src/chartlake
	$(BIN)/lint-imports
	$(BIN)/mypy

docs: $(VENV)/.development
	$(BIN)/python tools/document.py

# The pages of docs/ as a site, in build/site; open its index.html or put it on any web server.
site: .venv-site/.made
	@.venv-site/bin/zensical build --strict --clean

locks: $(VENV)/.uv
	locks/compile

# The oldest line of DuckDB that is supported, beside the newest of the main environment.
test-duckdb-1.5: $(VENV)/.development $(OLD_DUCKDB)/.made
	@$(OLD_DUCKDB)/bin/python -m pytest tests/views tests/test_warehouse.py tests/export/test_files.py $(PYTEST)

# Each orchestrator in an environment of its own, for they pin much; no network is needed once they are made.
test-orchestrators: .venv-dagster/.made .venv-airflow/.made
	@.venv-dagster/bin/python -m pytest -o filterwarnings=default tests/orchestrators/test_dagster.py $(PYTEST)
	@.venv-airflow/bin/python -m pytest -o filterwarnings=default tests/orchestrators/test_airflow.py $(PYTEST)

# Both lines of Spark, each in an environment of its own; they need Java 17.
test-spark: .venv-spark-3.5/.made .venv-spark-4.1/.made
	@.venv-spark-3.5/bin/python -m pytest -o filterwarnings=default tests/spark $(PYTEST)
	@.venv-spark-4.1/bin/python -m pytest -o filterwarnings=default tests/spark $(PYTEST)

# The views in the dialects of other engines, as they are shipped.
views: $(VENV)/.development
	@$(BIN)/python tools/dialects.py

# Everything measured side by side, into docs/explanation/performance.md; make bench ONLY="1 3" is a part
# of it, and SMALL=1 takes fewer documents and entries.
bench: .venv-bench/.made
	@.venv-bench/bin/python bench/all.py $(if $(SMALL),--small) $(ONLY)

# The stack on AWS as it is shipped: what deploy/aws says, checked by cdk-nag and cfn-lint.
template: .venv-aws/.made
	@.venv-aws/bin/python deploy/aws/app.py
	@.venv-aws/bin/cfn-lint --ignore-checks W3005 -- src/chartlake/aws/template.json
	@.venv-aws/bin/python deploy/aws/glue_app.py
	@.venv-aws/bin/cfn-lint -- deploy/aws/glue_template.json

# The zip of the functions without anybody's settings, in build/functions.zip.
functions: $(VENV)/.development
	@mkdir -p build
	@$(BIN)/python -c "import pathlib; from chartlake.aws import artefact; \
	    pathlib.Path('build/functions.zip').write_bytes(artefact.built(None))"

# The shipped stack in a local AWS: event, queue, functions, tables, Athena.  On loopback, without an account.
test-aws: $(VENV)/.development .venv-aws/.made .venv-cloud/.made
	@.venv-aws/bin/cfn-lint --ignore-checks W3005 -- src/chartlake/aws/template.json deploy/aws/glue_template.json
	@.venv-aws/bin/python deploy/aws/glue_app.py --check
	@$(BIN)/python -m pytest tests/aws/test_template.py tests/cloud $(PYTEST)

# Snowflake's real driver, both lines of it, each in an environment of its own, against an emulator on loopback.
test-snowflake: .venv-snowflake-4/.made .venv-snowflake-5/.made
	@.venv-snowflake-4/bin/python -m pytest -o filterwarnings=default tests/emulated $(PYTEST)
	@EMULATOR_PYTHON=$(CURDIR)/.venv-snowflake-4/bin/python \
	    .venv-snowflake-5/bin/python -m pytest -o filterwarnings=default tests/emulated $(PYTEST)

# The templates that commands write, as AWS's own description of its resources has them.
templates: $(VENV)/.product .venv-templates/.made
	@mkdir -p build
	@$(BIN)/chartlake export quicksight --out build/quicksight.json
	@$(BIN)/chartlake snowflake role --lake s3://a-bucket --role arn:aws:iam::123456789012:role/chartlake-snowflake >build/role.json
	@.venv-templates/bin/cfn-lint -- build/quicksight.json build/role.json

# The Power BI project before Microsoft's own parser and validator; both come from npm, and are never shipped.
check-powerbi: $(VENV)/.product
	@cd tools/powerbi && npm install --silent --no-audit --no-fund --no-package-lock
	@$(BIN)/chartlake export powerbi --lake build/empty --out build/powerbi/parquet >/dev/null 2>&1
	@$(BIN)/chartlake export powerbi --lake build/empty --out build/powerbi/snowflake --over snowflake >/dev/null
	@node tools/powerbi/report.mjs build/powerbi/parquet/Charts.pbip build/powerbi/snowflake/Charts.pbip
	@$(BIN)/python tools/powerbi/model.py build/powerbi/*/Charts.SemanticModel/definition

# The wheel as a stranger gets it: installed elsewhere, without the checkout, in an empty home.
test-wheel: $(VENV)/.product
	@rm -rf build/wheel && mkdir -p build/wheel/home
	@$(BIN)/python -m hatchling build -t wheel -d $(CURDIR)/build/wheel >/dev/null 2>&1
	@$(PYTHON) -m venv --without-pip build/wheel/venv
	@$(UV_INSTALL) --python build/wheel/venv/bin/python -r locks/product.txt
	@$(BIN)/uv pip install --quiet --python build/wheel/venv/bin/python --no-deps build/wheel/*.whl
	@cd build/wheel/home && env -i HOME="$$PWD" PATH=/usr/bin:/bin ../venv/bin/chartlake demo --weeks 1 --json >/dev/null
	@cd build/wheel/home && env -i HOME="$$PWD" PATH=/usr/bin:/bin ../venv/bin/chartlake query \
	    --config demo/chartlake.toml "select count(*) as entries from chart_history"

$(VENV)/.uv: locks/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "error: $(PYTHON) is older than 3.11; install a newer one and name it: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "error: Python's venv module is missing; install it and run make again, on Debian or Ubuntu with" >&2; \
	    echo "    sudo apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes -r locks/uv.txt
	@touch $@

$(VENV)/.product: $(VENV)/.uv locks/product.txt pyproject.toml
	@$(UV_INSTALL) --python $(BIN)/python -r locks/product.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.product locks/development.txt
	@$(UV_INSTALL) --python $(BIN)/python -r locks/development.txt
	@touch $@

$(OLD_DUCKDB)/.made: $(VENV)/.uv locks/duckdb-1.5.txt pyproject.toml
	@test -x $(OLD_DUCKDB)/bin/python || $(PYTHON) -m venv --without-pip $(OLD_DUCKDB)
	@$(UV_INSTALL) --python $(OLD_DUCKDB)/bin/python -r locks/duckdb-1.5.txt
	@$(BIN)/uv pip install --quiet --python $(OLD_DUCKDB)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-dagster/.made .venv-airflow/.made .venv-snowflake-4/.made .venv-snowflake-5/.made \
.venv-spark-3.5/.made .venv-spark-4.1/.made .venv-bench/.made: .venv-%/.made: $(VENV)/.uv locks/%.txt pyproject.toml
	@test -x .venv-$*/bin/python || $(PYTHON) -m venv --without-pip .venv-$*
	@$(UV_INSTALL) --python .venv-$*/bin/python -r locks/$*.txt
	@$(BIN)/uv pip install --quiet --python .venv-$*/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-aws/.made: $(VENV)/.uv locks/aws.txt pyproject.toml
	@test -x .venv-aws/bin/python || $(PYTHON) -m venv --without-pip .venv-aws
	@$(UV_INSTALL) --python .venv-aws/bin/python -r locks/aws.txt
	@$(BIN)/uv pip install --quiet --python .venv-aws/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# Its Python is the one that the functions run on here: 3.13, as on AWS, where this machine has it.
.venv-cloud/.made: $(VENV)/.uv locks/cloud.txt
	@test -x .venv-cloud/bin/python || $(CLOUD_PYTHON) -m venv --without-pip .venv-cloud
	@$(UV_INSTALL) --python .venv-cloud/bin/python -r locks/cloud.txt
	@touch $@

.venv-site/.made .venv-dlt/.made .venv-audit/.made .venv-templates/.made: .venv-%/.made: $(VENV)/.uv locks/%.txt
	@test -x .venv-$*/bin/python || $(PYTHON) -m venv --without-pip .venv-$*
	@$(UV_INSTALL) --python .venv-$*/bin/python -r locks/$*.txt
	@touch $@

clean:
	rm -rf $(VENV) .venv-* demo build dist
