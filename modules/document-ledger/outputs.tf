output "dead_letter_queue_arn" {
  description = "ARN of the queue of dead letters."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dead_letter_queue_name" {
  description = "Name of the queue of dead letters."
  value       = aws_sqs_queue.dead_letters.name
}

output "dead_letter_queue_url" {
  description = "URL of the queue of dead letters."
  value       = aws_sqs_queue.dead_letters.url
}

output "index_names" {
  description = "Names of the indexes: what somebody has to look at some day, and what waits."
  value       = values(local._indexes)
}

output "table_arn" {
  description = "ARN of the document ledger."
  value       = aws_dynamodb_table.ledger.arn
}

output "table_name" {
  description = "Name of the document ledger."
  value       = aws_dynamodb_table.ledger.name
}
