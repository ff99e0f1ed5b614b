-- Made by `make views` from ../coverage.sql; edit that instead.
WITH digits AS (
  SELECT
    ten.digit
  FROM (VALUES
    (0),
    (1),
    (2),
    (3),
    (4),
    (5),
    (6),
    (7),
    (8),
    (9)) AS ten(digit)
), numbers AS (
  SELECT
    1 + ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit + 10000 * two.digit AS number
  FROM digits AS ones
  CROSS JOIN digits AS tens
  CROSS JOIN digits AS hundreds
  CROSS JOIN digits AS thousands
  CROSS JOIN (VALUES
    (0),
    (1)) AS two(digit)
), attempts AS (
  SELECT DISTINCT
    source,
    chart_id,
    run_id,
    started_at,
    state,
    CASE
      WHEN state IN ('failed', 'deferred', 'abandoned') OR chart_date IS NULL
      THEN CAST(COALESCE(scheduled_for, started_at) AS DATE)
      ELSE chart_date
    END AS day
  FROM chartlake.raw.run_data
  WHERE
    NOT chart_id IS NULL
), attempted AS (
  SELECT
    source,
    chart_id,
    MAX(day) AS last_day
  FROM attempts
  GROUP BY
    source,
    chart_id
), ended AS (
  SELECT
    s.source,
    s.chart_id,
    s.chart_name,
    s.region,
    s.cadence,
    s.chart_date,
    DATEDIFF(DAY, s.chart_date, a.last_day) AS days
  FROM chartlake.charts.snapshots AS s
  INNER JOIN attempted AS a
    ON a.source = s.source AND a.chart_id = s.chart_id
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY s.source, s.chart_id ORDER BY s.chart_date DESC NULLS LAST) = 1
), gaps AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    previous_chart_date AS after_date,
    gap_before AS dates,
    CASE WHEN cadence = 'weekly' THEN 7 ELSE 1 END AS step
  FROM chartlake.charts.snapshots
  WHERE
    gap_before > 0
  UNION ALL
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    chart_date AS after_date,
    CASE
      WHEN cadence = 'weekly'
      THEN CAST((
        days - days % 7
      ) / 7 AS BIGINT)
      ELSE days
    END AS dates,
    CASE WHEN cadence = 'weekly' THEN 7 ELSE 1 END AS step
  FROM ended
  WHERE
    days > 0
), events AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    chart_date AS day,
    0 AS kind,
    'recorded' AS state,
    documents
  FROM chartlake.charts.snapshots
  UNION ALL
  SELECT
    g.source,
    g.chart_id,
    g.chart_name,
    g.region,
    g.cadence,
    DATEADD(DAY, n.number * g.step, g.after_date) AS day,
    0 AS kind,
    'missing' AS state,
    0 AS documents
  FROM gaps AS g
  INNER JOIN numbers AS n
    ON n.number <= g.dates
  UNION ALL
  SELECT
    source,
    chart_id,
    CAST(NULL AS VARCHAR) AS chart_name,
    CAST(NULL AS VARCHAR) AS region,
    CAST(NULL AS VARCHAR) AS cadence,
    day,
    1 AS kind,
    state,
    0 AS documents
  FROM attempts
), gathered AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    day,
    kind,
    state,
    documents,
    SUM(1 - kind) OVER (
      PARTITION BY source, chart_id
      ORDER BY day, kind
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS period
  FROM events
), summed AS (
  SELECT
    source,
    chart_id,
    MAX(chart_name) AS chart_name,
    MAX(region) AS region,
    MAX(cadence) AS cadence,
    MAX(CASE WHEN kind = 0 THEN day END) AS chart_date,
    MAX(
      CASE
        WHEN state = 'recorded'
        THEN 4
        WHEN state = 'rejected'
        THEN 3
        WHEN state IN ('failed', 'abandoned')
        THEN 2
        WHEN state = 'deferred'
        THEN 1
        ELSE 0
      END
    ) AS told,
    SUM(documents) AS documents,
    SUM(CASE WHEN state = 'unchanged' THEN 1 ELSE 0 END) AS unchanged
  FROM gathered
  WHERE
    period > 0
  GROUP BY
    source,
    chart_id,
    period
)
SELECT
  source,
  chart_id,
  chart_name,
  region,
  cadence,
  chart_date,
  CASE told
    WHEN 4
    THEN 'recorded'
    WHEN 3
    THEN 'rejected'
    WHEN 2
    THEN 'failed'
    WHEN 1
    THEN 'deferred'
    ELSE 'missing'
  END AS state,
  CAST(documents AS INT) AS snapshots,
  CAST(unchanged AS INT) AS unchanged,
  told < 4 AS is_gap
FROM summed
