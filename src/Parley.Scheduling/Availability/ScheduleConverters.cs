using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley.Scheduling.Availability;

/// <summary>
/// System.Text.Json sees these values through <see cref="ScheduleJson"/>. A converter can only throw: the
/// <see cref="JsonException"/> names every field that is wrong. Requests of people are read with ScheduleJson itself.
/// </summary>
public abstract class FieldConverter<T> : JsonConverter<T>
    where T : class
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var errors = new FieldErrors();
        return Read(document.RootElement, errors)
            ?? throw new JsonException(
                string.Join("; ", errors.Items.Select(error => (error.Field + " " + error.Message).Trim()))
            );
    }

    protected abstract T? Read(JsonElement element, FieldErrors errors);
}

public sealed class ScheduleConverter : FieldConverter<Schedule>
{
    public override void Write(Utf8JsonWriter writer, Schedule value, JsonSerializerOptions options) =>
        ScheduleJson.Write(writer, value);

    protected override Schedule? Read(JsonElement element, FieldErrors errors) =>
        ScheduleJson.ReadSchedule(element, "", errors);
}

public sealed class BookingPeriodConverter : FieldConverter<BookingPeriod>
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(BookingPeriod));

    public override void Write(Utf8JsonWriter writer, BookingPeriod value, JsonSerializerOptions options) =>
        ScheduleJson.Write(writer, value);

    protected override BookingPeriod? Read(JsonElement element, FieldErrors errors) =>
        ScheduleJson.ReadPeriod(element, "", errors);
}

public sealed class BookingLimitsConverter : FieldConverter<BookingLimits>
{
    public override void Write(Utf8JsonWriter writer, BookingLimits value, JsonSerializerOptions options) =>
        ScheduleJson.Write(writer, value);

    protected override BookingLimits? Read(JsonElement element, FieldErrors errors) =>
        ScheduleJson.ReadLimits(element, "", errors);
}

public sealed class BuffersConverter : FieldConverter<Buffers>
{
    public override void Write(Utf8JsonWriter writer, Buffers value, JsonSerializerOptions options) =>
        ScheduleJson.Write(writer, value);

    protected override Buffers? Read(JsonElement element, FieldErrors errors) =>
        ScheduleJson.ReadBuffers(element, "", errors);
}
