"""What people asked and the knowledge base did not give them: found in the record, clustered, named, and drafted as articles."""
