{#-
    What a report computes is what the semantic models define: these macros
    write the SQL from dbt's graph, so that no definition stands twice.
-#}

{#- The project's metrics of a type, by name; none while dbt parses. -#}
{% macro _metrics(type) -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set found = graph.metrics.values()
        | selectattr("package_name", "equalto", project_name)
        | selectattr("type", "equalto", type)
        | sort(attribute="name") | list -%}
    {{ return(found) }}
{%- endmacro %}


{#- The metrics that are KPIs: ratios, and sums that have a target. -#}
{% macro _kpi_metrics() -%}
    {%- set kpis = [] -%}
    {%- for metric in _metrics("ratio") + _metrics("simple")
        if metric.config.meta.kpi -%}
        {%- do kpis.append(metric) -%}
    {%- endfor -%}
    {{ return(kpis) }}
{%- endmacro %}


{#- What a KPI is computed from, by column of int_kpis_listed. -#}
{% macro _kpi_parts(kpi) -%}
    {%- set is_ratio = kpi.type == "ratio" -%}
    {%- set rule = kpi.config.meta.kpi -%}
    {{ return({
        "numerator_metric":
            kpi.type_params.numerator.name if is_ratio else kpi.name,
        "denominator_metric":
            kpi.type_params.denominator.name if is_ratio else none,
        "known_metric": rule.get("known_by"),
        "unknown_metric": rule.get("unknown_while"),
    }) }}
{%- endmacro %}


{#- The simple metrics that stand in the monthly report or make up a KPI. -#}
{% macro _monthly_metrics() -%}
    {%- set parts = [] -%}
    {%- for kpi in _kpi_metrics() -%}
        {%- do parts.extend(_kpi_parts(kpi).values()) -%}
    {%- endfor -%}
    {%- set monthly = [] -%}
    {%- for metric in _metrics("simple")
        if metric.config.meta.report or metric.name in parts -%}
        {%- do monthly.append(metric) -%}
    {%- endfor -%}
    {{ return(monthly) }}
{%- endmacro %}


{% macro _quoted(value) -%}
    {%- if value is none -%} null
    {%- else -%} '{{ dbt.escape_single_quotes(value | string) }}'
    {%- endif -%}
{%- endmacro %}


{#- A list of rows of one shape as selects; none gives no rows. -#}
{% macro _rows(types, rows) -%}
    {%- for row in rows -%}
    select
        {% for column, type in types.items() -%}
        cast({{ _quoted(row[column]) }} as {{ type }}) as {{ column }}
        {{- "," if not loop.last }}
        {% endfor -%}
    {{ "union all " if not loop.last }}
    {%- else -%}
    select
        {% for column, type in types.items() -%}
        cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {% endfor -%}
    from (select 1 as one) as nothing
    where one = 0
    {%- endfor -%}
{%- endmacro %}


{#-
    The monthly metrics: metric, label, unit, basis, report_order (NULL: only
    part of a KPI) and closing_days, the days after a month's last day from
    which its figure is final but for late facts.
-#}
{% macro metrics_listed() -%}
    {%- set rows = [] -%}
    {%- for metric in _monthly_metrics() -%}
        {%- do rows.append({
            "metric": metric.name,
            "label": metric.label,
            "unit": metric.config.meta.unit,
            "basis": metric.config.meta.basis,
            "report_order": metric.config.meta.get("report"),
            "closing_days": closing_days(metric),
        }) -%}
    {%- endfor -%}
    {{ _rows({
        "metric": type_string(),
        "label": type_string(),
        "unit": type_string(),
        "basis": type_string(),
        "report_order": type_int(),
        "closing_days": type_int(),
    }, rows) }}
{%- endmacro %}


{#-
    The KPIs: metric, label, unit, basis, the metrics they are computed from and
    how to judge them. A sum has no denominator_metric and no minimum.
-#}
{% macro kpis_listed() -%}
    {%- set rows = [] -%}
    {%- for metric in _kpi_metrics() -%}
        {%- set parts = _kpi_parts(metric) -%}
        {%- do rows.append({
            "kpi": metric.name,
            "label": metric.label,
            "unit": metric.config.meta.unit,
            "basis": metric.config.meta.basis,
            "numerator_metric": parts.numerator_metric,
            "denominator_metric": parts.denominator_metric,
            "known_metric": parts.known_metric,
            "unknown_metric": parts.unknown_metric,
            "better": metric.config.meta.kpi.better,
            "window_months": metric.config.meta.kpi.months,
            "minimum": metric.config.meta.kpi.get("minimum"),
            "closing_days": closing_days(metric),
        }) -%}
    {%- endfor -%}
    {{ _rows({
        "kpi": type_string(),
        "label": type_string(),
        "unit": type_string(),
        "basis": type_string(),
        "numerator_metric": type_string(),
        "denominator_metric": type_string(),
        "known_metric": type_string(),
        "unknown_metric": type_string(),
        "better": type_string(),
        "window_months": type_int(),
        "minimum": type_int(),
        "closing_days": type_int(),
    }, rows) }}
{%- endmacro %}


{#- Events and balances are known when the month is over; the others ripen. -#}
{% macro closing_days(metric) -%}
    {%- set ripen = metric.config.meta.basis in ("cohort", "horizon") -%}
    {{ return(var("maturity_days") if ripen else 1) }}
{%- endmacro %}


{#- Every monthly metric as company_id, month, metric, value. -#}
{% macro metrics_by_month() -%}
    {%- for metric in _monthly_metrics() -%}
    {{ "union all " if not loop.first }}{{ metric_by_month(metric) }}
    {% else -%}
    {{ _rows({
        "company_id": type_string(),
        "month": "date",
        "metric": type_string(),
        "value": "numeric(18, 6)",
    }, []) }}
    {%- endfor -%}
{%- endmacro %}


{#- One metric by company and month; a balance is that of the month's last day. -#}
{% macro metric_by_month(metric) -%}
    {%- if metric.filter -%}
        {{ exceptions.raise_compiler_error(
            "metric " ~ metric.name ~ " of a report has a filter. Remedy: put the"
            ~ " condition into the expr of its measure."
        ) }}
    {%- endif -%}
    {%- set at = namespace(model=none, measure=none, day=none) -%}
    {%- for model in graph.semantic_models.values() -%}
        {%- for measure in model.measures
            if measure.name == metric.type_params.measure.name -%}
            {%- set at.model = model -%}
            {%- set at.measure = measure -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set day_name = at.measure.agg_time_dimension
        or at.model.defaults.agg_time_dimension -%}
    {%- for dimension in at.model.dimensions if dimension.name == day_name -%}
        {%- set at.day = dimension.expr or dimension.name -%}
    {%- endfor -%}
    {%- set mart = ref(at.model.depends_on.nodes[0].split(".")[-1]) -%}
    {%- set month = month_start(at.day) -%}
    select
        company_id,
        {{ month }} as month,
        '{{ metric.name }}' as metric,
        cast(
            coalesce({{ _aggregated(metric, at.measure) }}, 0)
            as numeric(18, 6)
        ) as value
    from
        {% if at.measure.non_additive_dimension -%}
        (
            select
                *,
                max({{ at.day }}) over (
                    partition by company_id, {{ month }}
                ) as last_day
            from {{ mart }}
        ) as days
    where {{ at.day }} = last_day
        {%- else -%}
        {{ mart }}
    where {{ at.day }} is not null
        {%- endif %}
    group by
        company_id,
        {{ month }}
{%- endmacro %}


{% macro _aggregated(metric, measure) -%}
    {%- set expression = measure.expr or measure.name -%}
    {%- if measure.agg == "count" -%} count({{ expression }})
    {%- elif measure.agg == "sum" -%} sum({{ expression }})
    {%- elif measure.agg == "sum_boolean" -%}
    sum(case when {{ expression }} then 1 else 0 end)
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "metric " ~ metric.name ~ " of a report aggregates by " ~ measure.agg
            ~ ", which cannot be summed over months. Remedy: count or sum."
        ) }}
    {%- endif -%}
{%- endmacro %}
