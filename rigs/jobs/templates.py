"""Job templates: what a job takes from one where CreateJob says nothing itself (botocore, developer guide)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.configs import check_configs, kept, read_document, refuse_unplayed, refused
from rigs.jobs.ledger import Ledger, Template
from rigs.jobs.names import arn, page
from rigs.jobs.refusals import ApiError

CONFIGS = (
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "timeoutConfig",
    "jobExecutionsRetryConfig",
)
MANAGED = "AWS-"  # names of AWS managed templates begin so (developer guide, job-templates-managed)


class TemplateCalls:
    """The calls that concern job templates."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.by_name: Mapping[str, Call] = {
            "CreateJobTemplate": self.create_job_template,
            "DescribeJobTemplate": self.describe_job_template,
            "ListJobTemplates": self.list_job_templates,
            "DeleteJobTemplate": self.delete_job_template,
        }

    def create_job_template(self, params: Params, now: float) -> Answer:
        """Keep a template, of a job (`jobArn`) or of the members given; those given win."""
        refuse_unplayed(params, "CreateJobTemplate")
        name = params["jobTemplateId"]
        if name in self._ledger.templates:
            raise ApiError("ConflictException", f"Job Template {name} already exists.")
        given = {**self._of_job(params), **params}
        check_configs(given)
        if "document" not in given:
            raise refused("Neither job document nor job document source is specified.")
        template = Template(
            id=name,
            description=given["description"],
            document=read_document(given),
            created_at=now,
            config=kept(given, CONFIGS),
        )
        self._ledger.templates.put(name, template)
        return {"jobTemplateArn": arn("jobtemplate", name), "jobTemplateId": name}, []

    def describe_job_template(self, params: Params, now: float) -> Answer:
        """A template by its name."""
        found = _template(self._ledger, params["jobTemplateId"])
        return {**_summary(found), "document": found.document, **found.config}, []

    def list_job_templates(self, params: Params, now: float) -> Answer:
        """All templates, the newest first."""
        rows = [_summary(template) for template in reversed(list(self._ledger.templates.values()))]
        return page("jobTemplates", rows, params), []

    def delete_job_template(self, params: Params, now: float) -> Answer:
        """Forget a template; jobs made from it stay as they are."""
        self._ledger.templates.drop(_template(self._ledger, params["jobTemplateId"]).id)
        return {}, []

    def _of_job(self, params: Params) -> dict[str, Any]:
        if "jobArn" not in params:
            return {}
        name = params["jobArn"].rpartition(":job/")[2]
        job = self._ledger.jobs.get(name)
        if job is None:
            raise ApiError("ResourceNotFoundException", f"Job {name} cannot be found.")
        return {**kept(job.config, CONFIGS), "document": job.document}


def with_template(ledger: Ledger, params: Params) -> Params:
    """The members of CreateJob with those of its template, if it names one; what the call says itself wins."""
    if "jobTemplateArn" not in params:
        return params
    text = str(params["jobTemplateArn"])
    name = text.rpartition(":jobtemplate/")[2]
    if name == text:
        raise refused(f"jobTemplateArn {text!r} is no ARN of a job template")
    if name.startswith(MANAGED):
        raise refused(
            f"the local cloud does not play the AWS managed template {name}; create one with CreateJobTemplate"
        )
    template = _template(ledger, name)
    return {"document": template.document, **template.config, **params}


def _template(ledger: Ledger, name: str) -> Template:
    found = ledger.templates.get(name)
    if found is None:
        raise ApiError("ResourceNotFoundException", f"Job Template {name} cannot be found.")
    return found


def _summary(template: Template) -> dict[str, Any]:
    return {
        "jobTemplateArn": arn("jobtemplate", template.id),
        "jobTemplateId": template.id,
        "description": template.description,
        "createdAt": template.created_at,
    }
