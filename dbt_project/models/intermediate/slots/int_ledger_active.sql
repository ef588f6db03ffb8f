{#-
    Postings that stood when this run began: neither reversed nor reversals.
    The ledger is read past the graph, since it comes later in it: what was
    posted before is an input of what should be posted now (a slot that is held
    keeps its grant). The first run finds no ledger and no rows.
-#}
with

postings as (
    {{ ledger_postings(ledger_before_this_run()) }}
),

reversals as (
    select reversal_of
    from postings
    where reversal_of is not null
),

final as (
    select postings.*
    from postings
    left join reversals
        on postings.posting_id = reversals.reversal_of
    where
        postings.reversal_of is null
        and reversals.reversal_of is null
)

select * from final
