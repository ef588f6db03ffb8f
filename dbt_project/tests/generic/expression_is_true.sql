{#-
    Detects rows for which the expression is false; NULL passes. The column,
    where there is one, is only the place that the test is written at.
-#}
{% test expression_is_true(model, expression, column_name=none) %}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
