using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;
using Parley.Sandbox.Crm;

namespace Parley.Sandbox.State;

/// <summary>How the journal spells the entities. The wire has its own writers: a change here never changes a reply.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(InstantConverter)]
)]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(Person))]
[JsonSerializable(typeof(Client))]
[JsonSerializable(typeof(Consent))]
[JsonSerializable(typeof(SignIn))]
[JsonSerializable(typeof(AuthorizationCode))]
[JsonSerializable(typeof(Token))]
[JsonSerializable(typeof(Meeting))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(Attendance))]
[JsonSerializable(typeof(HostKey))]
[JsonSerializable(typeof(StoredMail))]
[JsonSerializable(typeof(Fault))]
[JsonSerializable(typeof(Settings))]
[JsonSerializable(typeof(License))]
[JsonSerializable(typeof(Group))]
[JsonSerializable(typeof(LateCall))]
[JsonSerializable(typeof(DirectorySettings))]
[JsonSerializable(typeof(CrmLink))]
[JsonSerializable(typeof(CrmNote))]
[JsonSerializable(typeof(IReadOnlyList<CrmNote>))]
internal sealed partial class StateJson : JsonSerializerContext;

internal sealed class InstantConverter : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        InstantPattern.ExtendedIso.Parse(reader.GetString() ?? "").GetValueOrThrow();

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
        writer.WriteStringValue(InstantPattern.ExtendedIso.Format(value));
}
