-- Which commitments answer a requisition: looked up for every decision about stock and budget.
CREATE INDEX record_by_answers ON record (answers_owner, answers_number) WHERE answers_owner IS NOT NULL;
