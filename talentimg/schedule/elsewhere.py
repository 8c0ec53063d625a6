"""What a service that runs things for others is told: files for a repository, or for a cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talentimg.schedule.job import Job


def github(job: Job) -> str:
    """A workflow of GitHub Actions, whose cron is in UTC.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
    """
    secret = [f"      {name}: ${{{{ secrets.{name} }}}}" for name in job.secrets]
    given = [f"      {name}: {json.dumps(value)}" for name, value in job.values.items()]
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
        "    timeout-minutes: 350",
        *(["    env:", *secret, *given] if secret or given else []),
        "    steps:",
        f"      - run: python3 -m pip install --user {json.dumps(job.package)}",
        "      - run: python3 -m talentimg --quiet sync-all",
    )


def gitlab(job: Job) -> str:
    """A job of GitLab CI; when it runs is said on a page of the project.

    https://docs.gitlab.com/ci/pipelines/schedules/
    """
    given = [f"    {name}: {json.dumps(value)}" for name, value in job.values.items()]
    return _lines(
        "# .gitlab-ci.yml",
        f'# Build > Pipeline schedules: "{job.minute} {job.hour} * * *", in the zone UTC.',
        *(f"# Settings > CI/CD > Variables, masked: {name}" for name in job.secrets),
        "talentimg:",
        "  image: python:3.13-slim",
        "  rules:",
        '    - if: $CI_PIPELINE_SOURCE == "schedule"',
        "  resource_group: talentimg",
        "  timeout: 6 hours",
        *(["  variables:", *given] if given else []),
        "  script:",
        f"    - pip install --quiet '{job.package}'",
        "    - python -m talentimg --quiet sync-all",
    )


def kubernetes(job: Job) -> str:
    """A CronJob of Kubernetes.

    https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
    """
    given = [
        line
        for name, value in job.values.items()
        for line in (f"                - name: {name}", f"                  value: {json.dumps(value)}")
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
        "      backoffLimit: 1",
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
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
