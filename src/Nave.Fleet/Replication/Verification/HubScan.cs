using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Replication.Verification;

/// <summary>Reads all twins of a hub in pages, and tells which of some ids a hub has. Constant memory.</summary>
internal sealed class HubScan(ServiceClient hub)
{
    // The query's text may have 8,192 characters; an id has 128 at most, and no double quote.
    private const int MaxQueryText = 7_000;
    private const int PageSize = 1_000;

    /// <summary>Reads the twins of all devices, then of all modules.</summary>
    public async IAsyncEnumerable<IReadOnlyList<(IdentityId Key, RawJson Twin)>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var query in (string[])["SELECT * FROM devices", "SELECT * FROM devices.modules"])
        {
            string? continuation = null;
            do
            {
                var page = await hub.QueryPageAsync(query, PageSize, continuation, cancellationToken).ConfigureAwait(false);
                yield return [.. page.Items.Select(twin => (KeyOf(twin), twin))];
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }
    }

    /// <summary>Finds those of some ids that the hub does not have.</summary>
    public async Task<IReadOnlyList<IdentityId>> FindMissingAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken)
    {
        var missing = new List<IdentityId>();
        foreach (var group in keys.GroupBy(key => key.IsModule))
        {
            var there = new HashSet<IdentityId>();
            foreach (var query in QueriesFor(group.Select(key => key.DeviceId).Distinct(StringComparer.Ordinal), group.Key))
            {
                await foreach (var row in hub.QueryAsync(query, PageSize, cancellationToken).ConfigureAwait(false))
                {
                    there.Add(KeyOf(row));
                }
            }

            missing.AddRange(group.Where(key => !there.Contains(key)));
        }

        return missing;
    }

    private static IEnumerable<string> QueriesFor(IEnumerable<string> deviceIds, bool modules)
    {
        var start = modules ? "SELECT deviceId, moduleId FROM devices.modules WHERE deviceId IN [" : "SELECT deviceId FROM devices WHERE deviceId IN [";
        var query = new StringBuilder(start);
        foreach (var id in deviceIds)
        {
            query.Append(CultureInfo.InvariantCulture, $"{(query.Length == start.Length ? string.Empty : ", ")}\"{id}\"");
            if (query.Length > MaxQueryText)
            {
                yield return query.Append(']').ToString();
                query.Clear().Append(start);
            }
        }

        if (query.Length > start.Length)
        {
            yield return query.Append(']').ToString();
        }
    }

    private static IdentityId KeyOf(RawJson twin)
    {
        var reader = new Utf8JsonReader(twin.Utf8.Span);
        string? device = null, module = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isDevice = reader.ValueTextEquals("deviceId"u8);
            var isModule = reader.ValueTextEquals("moduleId"u8);
            reader.Read();
            if (isDevice)
            {
                device = reader.GetString();
            }
            else if (isModule)
            {
                module = reader.GetString();
            }

            reader.Skip();
        }

        return new IdentityId(device ?? throw new InvalidDataException("The hub answered a query with a row that has no deviceId."), string.IsNullOrEmpty(module) ? null : module);
    }
}
