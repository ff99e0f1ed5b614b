"""Who is told of what: alarms by e-mail, and a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from chartlake.aws.telemetry import NAMESPACE

if TYPE_CHECKING:
    from stack import Chartlake

_IGNORED = cloudwatch.TreatMissingData.NOT_BREACHING
_FIVE = Duration.minutes(5)
_USD_A_MONTH = 5


def add_to(stack: Chartlake) -> None:
    """Add ten alarms (as many as are free), the topic that they tell, and the budget."""
    topic = sns.Topic(stack, "Alarms", enforce_ssl=True)
    topic.add_subscription(subscriptions.EmailSubscription(stack.said["AlarmEmail"]))
    # A topic with a policy of its own has nothing of the usual one any more.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsTell",
            actions=["sns:Publish"],
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )
    )
    told = actions.SnsAction(topic)
    for name, function in stack.functions.items():
        _alarm(stack, f"{name.capitalize()}Fails", function.metric_errors(period=_FIVE), told)
    for name in ("capture", "transform"):
        throttles = stack.functions[name].metric_throttles(period=_FIVE)
        _alarm(stack, f"{name.capitalize()}Throttled", throttles, told)
    for name, queue in (("Failed", stack.failed), ("Undelivered", stack.undelivered)):
        waiting = queue.metric_approximate_number_of_messages_visible(period=_FIVE)
        _alarm(stack, f"{name}NotEmpty", waiting, told)
    _alarm(stack, "DocumentsRejected", _own("Rejected", "Sum", _FIVE), told)
    # The sweep tells it four times a day, and silence is the worst news of all.
    overdue = _own("Overdue", "Minimum", Duration.hours(12))
    _alarm(stack, "ChartsOverdue", overdue, told, missing=cloudwatch.TreatMissingData.BREACHING)
    _budget(stack)


def _own(name: str, statistic: str, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        statistic=statistic,
        period=period,
        dimensions_map={"stack": Aws.STACK_NAME},
    )


def _alarm(
    stack: Chartlake,
    name: str,
    metric: cloudwatch.IMetric,
    told: actions.SnsAction,
    *,
    missing: cloudwatch.TreatMissingData = _IGNORED,
) -> None:
    alarm = cloudwatch.Alarm(
        stack,
        name,
        alarm_name=f"{Aws.STACK_NAME}-{name}",
        metric=metric,
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=missing,
    )
    alarm.add_alarm_action(told)
    alarm.add_ok_action(told)


def _budget(stack: Chartlake) -> None:
    def notification(kind: str, percent: int) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
        return budgets.CfnBudget.NotificationWithSubscribersProperty(
            notification=budgets.CfnBudget.NotificationProperty(
                notification_type=kind,
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
            ),
            subscribers=[
                budgets.CfnBudget.SubscriberProperty(
                    subscription_type="EMAIL", address=stack.said["AlarmEmail"]
                )
            ],
        )

    budgets.CfnBudget(
        stack,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_name=f"{Aws.STACK_NAME}-{Aws.REGION}",
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=_USD_A_MONTH, unit="USD"),
        ),
        notifications_with_subscribers=[
            notification("ACTUAL", 50),
            notification("ACTUAL", 100),
            notification("FORECASTED", 100),
        ],
    )
