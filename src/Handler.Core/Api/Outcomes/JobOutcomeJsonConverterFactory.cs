using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// Writes outcomes as <c>{"kind": …, "value": …, "message": …, "failure": {…}, "usage": {…}, "output": {…}}</c> and reads them back. Names
/// follow the serializer's naming policy. Parts that are missing in the outcome are left out.
/// </summary>
internal sealed class JobOutcomeJsonConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(JobOutcome));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
        => typeToConvert == typeof(JobOutcome)
            ? new OutcomeConverter()
            : (JsonConverter)Activator.CreateInstance(typeof(OutcomeConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private static string Name(JsonSerializerOptions options, string property)
        => options.PropertyNamingPolicy?.ConvertName(property) ?? property;

    private static JobFailure FailureOf(JobOutcomeKind kind, JsonElement failure, JsonSerializerOptions options)
        => (JobFailure?)failure.Deserialize(FailureType(kind), options)
        ?? throw new JsonException($"An outcome of kind {kind} has no failure.");

    private static Type FailureType(JobOutcomeKind kind) => kind switch
    {
        JobOutcomeKind.Failed => typeof(JobFailed),
        JobOutcomeKind.TimedOut => typeof(JobTimedOut),
        JobOutcomeKind.OutOfMemory => typeof(JobOutOfMemory),
        JobOutcomeKind.Exited => typeof(JobExited),
        JobOutcomeKind.Killed => typeof(JobKilled),
        JobOutcomeKind.Lost => typeof(JobLost),
        JobOutcomeKind.Rejected => typeof(JobRejected),
        _ => throw new JsonException($"{kind} is not a kind of failure."),
    };

    private abstract class Converter<TOutcome> : JsonConverter<TOutcome>
        where TOutcome : JobOutcome
    {
        public override TOutcome Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var json = JsonElement.ParseValue(ref reader);
            if (json.ValueKind != JsonValueKind.Object)
                throw new JsonException("An outcome is an object.");
            var kind = (Find(json, nameof(JobOutcome.Kind), options) ?? throw new JsonException("An outcome has a kind.")
            ).Deserialize<JobOutcomeKind>(options);
            var failure =
                kind == JobOutcomeKind.Completed
                    ? null
                    : FailureOf(
                        kind,
                        Find(json, nameof(JobOutcome.Failure), options)
                            ?? throw new JsonException($"An outcome of kind {kind} has a failure."),
                        options);
            return Create(failure, json, options) with
            {
                Usage = Find(json, nameof(JobOutcome.Usage), options)?.Deserialize<JobUsage>(options),
                Output = Find(json, nameof(JobOutcome.Output), options)?.Deserialize<JobOutput>(options),
            };
        }

        public override void Write(Utf8JsonWriter writer, TOutcome value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            WriteProperty(writer, nameof(JobOutcome.Kind), value.Kind, options);
            if (value.Failure is { } failure)
            {
                WriteProperty(writer, nameof(JobOutcome.Message), failure.Message, options);
                writer.WritePropertyName(Name(options, nameof(JobOutcome.Failure)));
                JsonSerializer.Serialize(writer, failure, failure.GetType(), options);
            }
            else
            {
                WriteValue(writer, value, options);
            }

            if (value.Usage is { } usage)
                WriteProperty(writer, nameof(JobOutcome.Usage), usage, options);
            if (value.Output is { } output)
                WriteProperty(writer, nameof(JobOutcome.Output), output, options);
            writer.WriteEndObject();
        }

        protected abstract TOutcome Create(JobFailure? failure, JsonElement json, JsonSerializerOptions options);

        protected abstract void WriteValue(Utf8JsonWriter writer, TOutcome outcome, JsonSerializerOptions options);

        protected static void WriteProperty<TValue>(Utf8JsonWriter writer, string name, TValue value, JsonSerializerOptions options)
        {
            writer.WritePropertyName(Name(options, name));
            JsonSerializer.Serialize(writer, value, options);
        }

        protected static JsonElement? Find(JsonElement json, string property, JsonSerializerOptions options)
        {
            var name = Name(options, property);
            if (json.TryGetProperty(name, out var exact))
                return exact;
            if (!options.PropertyNameCaseInsensitive)
                return null;
            foreach (var candidate in json.EnumerateObject())
            {
                if (candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return candidate.Value;
            }

            return null;
        }
    }

    private sealed class OutcomeConverter : Converter<JobOutcome>
    {
        protected override JobOutcome Create(JobFailure? failure, JsonElement json, JsonSerializerOptions options)
            => failure is null ? new JobOutcome() : new JobOutcome(failure);

        protected override void WriteValue(Utf8JsonWriter writer, JobOutcome outcome, JsonSerializerOptions options)
        {
            // An action has no value.
        }
    }

    private sealed class OutcomeConverter<T> : Converter<JobOutcome<T>>
    {
        private const string Value = "Value";

        protected override JobOutcome<T> Create(JobFailure? failure, JsonElement json, JsonSerializerOptions options)
        {
            if (failure is not null)
                return new JobOutcome<T>(failure);
            var value = Find(json, Value, options) ?? throw new JsonException("A completed outcome has a value.");
            return new JobOutcome<T>(value.Deserialize<T>(options)!);
        }

        protected override void WriteValue(Utf8JsonWriter writer, JobOutcome<T> outcome, JsonSerializerOptions options)
            => WriteProperty(writer, Value, outcome.GetValueOrThrow(), options);
    }
}
