using System.Text.Json;
using Nave.Hub.Queries;

namespace Nave.Fuzz.Hub;

/// <summary>Rows under a query and an index. A damaged one gives <see cref="JsonException"/>.</summary>
internal sealed class QueryRowTarget() : FuzzTarget("query-row", Texts(
    """{"deviceId":"d1","status":"enabled","tags":{"n":4.5,"s":"h\u00e9llo","a":[{"b":1},[2]],"x":null},"properties":{"desired":{"$version":4}}}""",
    """{"tags":{"a":[],"n":1e400,"s":""}}"""))
{
    private static readonly HubQuery s_query = HubQuery.TryParse(
        "SELECT * FROM devices WHERE tags.n > 1 OR LENGTH(CONCAT(tags.s, deviceId)) > 3 OR tags.a[0].b = tags.a[1][0] OR IS_OBJECT(properties.desired) OR LOWER(status) IN ['x', null]",
        out var query, out _) ? query : throw new InvalidOperationException();

    private readonly JsonRow _row = new(s_query.Where.Paths);

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input)
    {
        try
        {
            _row.Load(new QueryDocument("d1", input));
            s_query.Where.Matches(_row);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
