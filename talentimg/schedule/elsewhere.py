"""What a service that runs things for others is told: files for a repository, or for a cluster."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Final

from talentimg.errors import EXIT_CODE_NAMES, TryLater

if TYPE_CHECKING:
    from talentimg.schedule.job import Job

LONGEST_MINUTES: Final = 350
"""As long as a runner of GitHub lets a job work, less what it takes to tell of it."""
FINAL_CODES: Final = [code for code in EXIT_CODE_NAMES if code not in {0, TryLater.exit_code}]
"""Exit codes for which a second run is no remedy."""
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def github(job: Job) -> str:
    """A workflow of GitHub Actions, whose cron is in UTC.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
    """
    secret = [f"      {name}: ${{{{ secrets.{name} }}}}" for name in job.secrets]
    given = [f"      {name}: {_without_expressions(value)}" for name, value in job.values.items()]
    return _lines(
        "# .github/workflows/talentimg.yml",
        *(f"# A secret of the repository: {name}" for name in job.secrets),
        "name: talentimg",
        "on:",
        "  schedule:",
        f'    - cron: "{job.minute} {job.hour} * * *"',
        "  workflow_dispatch:",
        "permissions: {}",
        "concurrency: talentimg",
        "jobs:",
        "  sync-all:",
        "    runs-on: ubuntu-latest",
        f"    timeout-minutes: {LONGEST_MINUTES}",
        *(["    env:", *secret, *given] if secret or given else []),
        "    steps:",
        *(f"      - run: {command}" for command in _commands(job)),
    )


def gitlab(job: Job) -> str:
    """A job of GitLab CI; when it runs is said on a page of the project.

    https://docs.gitlab.com/ci/pipelines/schedules/
    """
    given = [f"    {name}:{_unexpanded(value)}" for name, value in job.values.items()]
    return _lines(
        "# .gitlab-ci.yml",
        f'# Build > Pipeline schedules: "{job.minute} {job.hour} * * *", in the zone UTC.',
        *(f"# Settings > CI/CD > Variables, masked, references not expanded: {name}" for name in job.secrets),
        "talentimg:",
        "  image: python:3.13-slim",
        "  rules:",
        '    - if: $CI_PIPELINE_SOURCE == "schedule"',
        "  resource_group: talentimg",
        f"  timeout: {LONGEST_MINUTES} minutes",
        *(["  variables:", *given] if given else []),
        "  script:",
        *(f"    - {command}" for command in _commands(job)),
    )


def kubernetes(job: Job) -> str:
    """A CronJob of Kubernetes.

    https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
    """
    given = [
        line
        for name, value in job.values.items()
        for line in (
            f"                - name: {name}",
            f"                  value: {_without_references(value)}",
        )
    ]
    secret = ["              envFrom:", "                - secretRef:", "                    name: talentimg"]
    return _lines(
        f"# The image is that of docs/deploy/Dockerfile, with talentimg {job.version}.",
        *(f"# In the secret `talentimg`: {name}" for name in job.secrets),
        "apiVersion: batch/v1",
        "kind: CronJob",
        "metadata:",
        "  name: talentimg",
        "spec:",
        f'  schedule: "{job.minute} {job.hour} * * *"',
        "  timeZone: Etc/UTC",
        "  concurrencyPolicy: Forbid",
        "  startingDeadlineSeconds: 3600",
        "  jobTemplate:",
        "    spec:",
        f"      activeDeadlineSeconds: {LONGEST_MINUTES * 60}",
        "      backoffLimit: 1",
        "      podFailurePolicy:",
        "        rules:",
        "          # A second run finds nobody due, and would hide what the first one has to say.",
        "          - action: FailJob",
        "            onExitCodes:",
        "              containerName: talentimg",
        "              operator: In",
        f"              values: {FINAL_CODES}",
        "      template:",
        "        spec:",
        "          restartPolicy: Never",
        "          terminationGracePeriodSeconds: 60",
        "          containers:",
        "            - name: talentimg",
        f"              image: talentimg:{job.version}",
        '              args: ["--quiet", "sync-all"]',
        *(secret if job.secrets else []),
        *(["              env:", *given] if given else []),
        "              securityContext:",
        "                allowPrivilegeEscalation: false",
        "                runAsNonRoot: true",
        "                capabilities:",
        '                  drop: ["ALL"]',
        "                seccompProfile:",
        "                  type: RuntimeDefault",
    )


def _commands(job: Job) -> list[str]:
    """In an environment of their own, as the Python of a system lets nobody add to it (PEP 668)."""
    return [
        "python3 -m venv .venv",
        f".venv/bin/pip install --quiet {shlex.quote(job.package)}",
        ".venv/bin/talentimg --quiet sync-all",
    ]


def _text(value: str) -> str:
    """A value as YAML reads it back."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _without_expressions(value: str) -> str:
    """The same where GitHub would evaluate what stands between its braces."""
    return _text(value).replace("${{", "${{ '${{' }}")


def _unexpanded(value: str) -> str:
    """The same where GitLab would put in the value of another variable, written like $NAME or %NAME%."""
    text = f" {_text(value)}"
    return f"\n      value:{text}\n      expand: false" if re.search("[$%]", value) else text


def _without_references(value: str) -> str:
    """The same where Kubernetes would put in the value of another variable."""
    return _text(value.replace("$", "$$"))


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
