using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// Writes outcomes as <c>{"kind": …, "value": …, "message": …, "failure": {…}, "usage": {…}, "output": {…}}</c> and reads them back. Names
/// follow the serializer's naming policy. Parts that are missing in the outcome are left out. <see cref="JobOutcome"/> names this class for
/// System.Text.Json, so an application need not register it. A <see cref="JsonSerializerContext"/> that has a <see cref="JobOutcome{T}"/>
/// also needs the type of the value, unless that is a type such as <see langword="int"/> or <see langword="string"/>.
/// </summary>
public sealed class JobOutcomeJsonConverterFactory : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        return typeToConvert == typeof(JobOutcome)
            || typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(JobOutcome<>);
    }

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        return typeToConvert == typeof(JobOutcome)
            ? new OutcomeConverter()
            : (JsonConverter)Activator.CreateInstance(typeof(OutcomeConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;
    }

    private abstract class Converter<TOutcome> : JsonConverter<TOutcome>
        where TOutcome : JobOutcome
    {
        public override TOutcome Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var json = OutcomeJson.ReadObject(ref reader, "An outcome");
            var kind = OutcomeJson.KindOf(json, "An outcome", options);
            return Create(kind == JobOutcomeKind.Completed ? null : FailureOf(kind, json, options), json, options) with
            {
                Usage = OutcomeJson.Read<JobUsage>(json, nameof(JobOutcome.Usage), options),
                Output = OutcomeJson.Read<JobOutput>(json, nameof(JobOutcome.Output), options),
            };
        }

        public override void Write(Utf8JsonWriter writer, TOutcome value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            OutcomeJson.Write(writer, nameof(JobOutcome.Kind), value.Kind, options);
            if (value.Failure is { } failure)
            {
                OutcomeJson.Write(writer, nameof(JobOutcome.Message), failure.Message, options);
                OutcomeJson.WriteName(writer, nameof(JobOutcome.Failure), options);
                writer.WriteStartObject();
                FailureParts.Write(writer, failure, options);
                writer.WriteEndObject();
            }
            else
            {
                WriteValue(writer, value, options);
            }

            if (value.Usage is { } usage)
                OutcomeJson.Write(writer, nameof(JobOutcome.Usage), usage, options);
            if (value.Output is { } output)
                OutcomeJson.Write(writer, nameof(JobOutcome.Output), output, options);
            writer.WriteEndObject();
        }

        protected abstract TOutcome Create(JobFailure? failure, JsonElement json, JsonSerializerOptions options);

        protected abstract void WriteValue(Utf8JsonWriter writer, TOutcome outcome, JsonSerializerOptions options);

        private static JobFailure FailureOf(JobOutcomeKind kind, JsonElement json, JsonSerializerOptions options)
        {
            var failure = OutcomeJson.Find(json, nameof(JobOutcome.Failure), options)
                ?? throw new JsonException($"An outcome of kind {kind} has a failure.");
            return failure.ValueKind == JsonValueKind.Object
                ? FailureParts.Read(kind, failure, options)
                : throw new JsonException($"An outcome of kind {kind} has no failure.");
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
                return JobOutcome.FromFailure<T>(failure);
            var value = OutcomeJson.Find(json, Value, options) ?? throw new JsonException("A completed outcome has a value.");
            return JobOutcome.FromValue(value.Deserialize(OutcomeJson.ValueInfo<T>(options))!);
        }

        protected override void WriteValue(Utf8JsonWriter writer, JobOutcome<T> outcome, JsonSerializerOptions options)
        {
            OutcomeJson.WriteName(writer, Value, options);
            JsonSerializer.Serialize(writer, outcome.GetValueOrThrow(), OutcomeJson.ValueInfo<T>(options));
        }
    }
}
