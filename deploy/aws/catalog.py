"""Tables for Athena, declared from `chartlake.tables`: no crawler has to find out what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import ArnFormat, Aws, CfnCondition, Fn
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam

from chartlake import layout
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from stack import Chartlake

    from chartlake.tables import Table

_MOST_SCANNED = 10_000_000_000
"""Bytes that one query may read: 5 US cents."""

_HIVE = "org.apache.hadoop.hive.ql.io.parquet"


def add_to(stack: Chartlake) -> None:
    """Add the database, its tables, the work group, and the crawler that is off."""
    database = glue.CfnDatabase(
        stack,
        "Catalog",
        catalog_id=Aws.ACCOUNT_ID,
        database_input=glue.CfnDatabase.DatabaseInputProperty(
            name=stack.said["Database"], description="chartlake: observations, and views over them"
        ),
    )
    for table in PHYSICAL:
        _table(stack, table).add_resource_dependency(database)
    athena.CfnWorkGroup(
        stack,
        "Asking",
        name=Aws.STACK_NAME,
        recursive_delete_option=True,
        work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
            enforce_work_group_configuration=True,
            publish_cloud_watch_metrics_enabled=False,
            bytes_scanned_cutoff_per_query=_MOST_SCANNED,
            engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                selected_engine_version="Athena engine version 3"
            ),
            result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                output_location=f"s3://{stack.lake.bucket_name}/{layout.QUERY_RESULTS}",
                encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                    encryption_option="SSE_S3"
                ),
            ),
        ),
    )
    _crawler(stack, database)


def _table(stack: Chartlake, table: Table) -> Any:
    folder = f"s3://{stack.lake.bucket_name}/{layout.TABLES}{table.name}/"
    columns = [
        glue.CfnTable.ColumnProperty(name=one.name, type=one.type, comment=one.meaning)
        for one in table.columns
    ]
    return glue.CfnTable(
        stack,
        "".join(word.capitalize() for word in table.name.split("_")),
        catalog_id=Aws.ACCOUNT_ID,
        database_name=stack.said["Database"],
        table_input=glue.CfnTable.TableInputProperty(
            name=table.name,
            description=table.grain,
            table_type="EXTERNAL_TABLE",
            parameters={
                "classification": "parquet",
                "projection.enabled": "true",
                "projection.month.type": "date",
                "projection.month.format": "yyyy-MM",
                "projection.month.interval": "1",
                "projection.month.interval.unit": "MONTHS",
                "projection.month.range": f"{stack.said['FirstMonth']},NOW",
                "storage.location.template": f"{folder}month=${{month}}/",
            },
            partition_keys=[glue.CfnTable.ColumnProperty(name="month", type="string")],
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                columns=columns,
                location=folder,
                input_format=f"{_HIVE}.MapredParquetInputFormat",
                output_format=f"{_HIVE}.MapredParquetOutputFormat",
                serde_info=glue.CfnTable.SerdeInfoProperty(
                    serialization_library=f"{_HIVE}.serde.ParquetHiveSerDe"
                ),
            ),
        ),
    )


def _crawler(stack: Chartlake, database: Any) -> None:
    """What finds out what `tables` says already; it is off, and was never run by this project."""
    wanted = CfnCondition(stack, "WithCrawler", expression=Fn.condition_equals(stack.said["Crawler"], "on"))
    role = iam.Role(stack, "CrawlerRole", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    seen = [stack.lake.arn_for_objects(f"{prefix}*") for prefix in (layout.TABLES, layout.PROCESSED)]
    catalog = [
        stack.format_arn(service="glue", resource="catalog"),
        stack.format_arn(service="glue", resource="database", resource_name=stack.said["Database"]),
        stack.format_arn(service="glue", resource="table", resource_name=f"{stack.said['Database']}/*"),
    ]
    said = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name="/aws-glue/crawlers*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    for sid, actions, resources in (
        ("Look", ["s3:ListBucket"], [stack.lake.bucket_arn]),
        ("Read", ["s3:GetObject"], seen),
        ("Declare", [f"glue:{verb}" for verb in _DECLARING], catalog),
        ("Log", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], [said]),
    ):
        role.add_to_policy(iam.PolicyStatement(sid=sid, actions=actions, resources=resources))
    bare = glue.CfnClassifier(
        stack,
        "BareDocuments",
        json_classifier=glue.CfnClassifier.JsonClassifierProperty(
            name=f"{Aws.STACK_NAME}-bare-documents", json_path="$.items[*]"
        ),
    )
    bucket = f"s3://{stack.lake.bucket_name}/"
    crawler = glue.CfnCrawler(
        stack,
        "Looking",
        name=Aws.STACK_NAME,
        role=role.role_arn,
        database_name=stack.said["Database"],
        table_prefix="crawled_",
        classifiers=[f"{Aws.STACK_NAME}-bare-documents"],
        schedule=glue.CfnCrawler.ScheduleProperty(schedule_expression="cron(0 8 ? * SUN *)"),
        schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
            update_behavior="LOG", delete_behavior="LOG"
        ),
        targets=glue.CfnCrawler.TargetsProperty(
            s3_targets=[
                glue.CfnCrawler.S3TargetProperty(path=f"{bucket}{layout.TABLES}"),
                # It cannot read zstd, so of raw documents it sees those of older pipelines alone.
                glue.CfnCrawler.S3TargetProperty(path=f"{bucket}{layout.PROCESSED}", exclusions=["**.zst"]),
            ]
        ),
    )
    crawler.add_resource_dependency(bare)
    crawler.add_resource_dependency(database)
    policy = role.node.find_child("DefaultPolicy").node.default_child
    for one in (role.node.default_child, policy, bare, crawler):
        made: Any = one
        made.cfn_options.condition = wanted


_DECLARING = (
    "GetDatabase",
    "GetTable",
    "GetTables",
    "CreateTable",
    "UpdateTable",
    "GetPartition",
    "GetPartitions",
    "BatchGetPartition",
    "BatchCreatePartition",
    "UpdatePartition",
)
