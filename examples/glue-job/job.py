"""Reads the CSV files of one batch and writes them as Parquet."""

import json
import sys


def files_in(text):
    """Paths of a batch's files, each once: from a JSON list of events, or from a manifest with one event a line."""
    events = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.split("\n") if line]
    return list(dict.fromkeys(f"s3://{event['bucket']}/{event['key']}" for event in events))


def main():
    import boto3
    from awsglue.utils import getResolvedOptions
    from pyspark.sql import SparkSession

    options = getResolvedOptions(sys.argv, ["list_bucket", "list_key", "output_path"])
    listed = boto3.client("s3").get_object(Bucket=options["list_bucket"], Key=options["list_key"])
    files = files_in(listed["Body"].read().decode("utf-8"))
    spark = SparkSession.builder.getOrCreate()
    # Overwriting the batch's own folder makes a second run harmless.
    spark.read.csv(files, header=True).write.mode("overwrite").parquet(options["output_path"])


if __name__ == "__main__":
    main()
