using System.Buffers;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Devices;
using Nave.Hub.Queries;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>One row of <c>devices.jobs</c>: what became of one device of one job. Source of the form: wire facts 9.6.5.</summary>
internal static class DeviceJobRow
{
    // As spelled in rows and so in terms.
    private static readonly string[] s_states = [.. Enum.GetNames<DeviceJobState>().Select(name => JsonNamingPolicy.CamelCase.ConvertName(name))];

    /// <summary>Gets the prefix of the keys of a job's rows.</summary>
    public static string PrefixOf(string job) => job + IdentityKey.Separator;

    /// <summary>Gets the key of a row.</summary>
    /// <param name="job">The job.</param>
    /// <param name="twin">The key of the twin.</param>
    public static string KeyOf(string job, string twin) => PrefixOf(job) + twin;

    /// <summary>Gets the scan over a job's rows in a state.</summary>
    public static StateScan ScanOf(string job, DeviceJobState state) => new(TwinQueries.JobsCollection)
    {
        Prefix = PrefixOf(job),
        AnyOf = [new StateTerm("status", TermValue.Of(QueryValue.Of(s_states[(int)state]))!)], // A string has a term.
    };

    /// <summary>Gets whose row a key is.</summary>
    public static IdentityId IdOf(string job, string key) => IdentityKey.Parse(key[(job.Length + 1)..]);

    /// <summary>Adds a row to a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="job">The job.</param>
    /// <param name="id">The device.</param>
    /// <param name="state">What became of it.</param>
    /// <param name="time">When.</param>
    /// <param name="started">When it was begun, or <see langword="null"/>.</param>
    /// <param name="answer">A device's answer, or <see langword="null"/>.</param>
    /// <param name="error">Why it failed, or <see langword="null"/>.</param>
    public static void Put(
        StateTransaction transaction,
        ScheduledJob job,
        IdentityId id,
        DeviceJobState state,
        DateTimeOffset time,
        DateTimeOffset? started = null,
        DirectMethodResponse? answer = null,
        HubError? error = null)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = ApiJson.Wire.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteString("deviceId"u8, id.DeviceId);
            if (id.ModuleId is not null)
            {
                writer.WriteString("moduleId"u8, id.ModuleId);
            }

            writer.WriteString("jobId"u8, job.Id);
            writer.WriteString("jobType"u8, WireNames.Of(job.Request.Type));
            writer.WriteString("status"u8, s_states[(int)state]);
            if (started is { } begun)
            {
                writer.WriteString("startTimeUtc"u8, WireTime.Format(begun));
            }

            if (state != DeviceJobState.Pending)
            {
                writer.WriteString("endTimeUtc"u8, WireTime.Format(time));
            }

            writer.WriteString("createdDateTimeUtc"u8, WireTime.Format(job.Created));
            writer.WriteString("lastUpdatedDateTimeUtc"u8, WireTime.Format(time));
            WriteOutcome(writer, answer, error);
            writer.WriteEndObject();
        }

        var row = buffer.WrittenMemory.ToArray();
        transaction.Put(TwinQueries.JobsCollection, KeyOf(job.Id, IdentityKey.Of(id)), row, StateTransaction.Any, DeviceJobIndex.Rows.TermsOf(row));
    }

    private static void WriteOutcome(Utf8JsonWriter writer, DirectMethodResponse? answer, HubError? error)
    {
        if (answer is not null)
        {
            writer.WriteStartObject("outcome"u8);
            writer.WritePropertyName("deviceMethodResponse"u8);
            JsonSerializer.Serialize(writer, answer, ApiJson.Wire.DirectMethodResponse);
            writer.WriteEndObject();
        }

        if (error is not null)
        {
            writer.WriteStartObject("error"u8);
            writer.WriteString("code"u8, error.Code.ToString());
            writer.WriteString("description"u8, error.Message);
            writer.WriteEndObject();
        }
    }
}
