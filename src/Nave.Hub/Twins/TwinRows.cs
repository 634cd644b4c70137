using System.Buffers;
using Nave.Api;
using Nave.Hub.Devices;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>
/// The rows of one run of a query. A row has what is stored; what changes with connections is read only when the query asks
/// for it or the row is returned whole. For one thread: loading a row overwrites the one before.
/// </summary>
internal sealed class TwinRows : IQueryOverlay
{
    private const string ConnectionState = "connectionState";
    private const string LastActivityTime = "lastActivityTime";
    private const string CloudToDeviceMessageCount = "cloudToDeviceMessageCount";

    private readonly TwinService _twins;
    private readonly bool _withMetadata;
    private readonly ArrayBufferWriter<byte> _row = new(4096);
    private readonly ArrayBufferWriter<byte> _rendered = new(4096);
    private TwinDocument? _current;

    /// <summary>Initializes a new instance of the <see cref="TwinRows"/> class.</summary>
    /// <param name="twins">Knows the state of connections.</param>
    /// <param name="query">What will be asked of the rows.</param>
    public TwinRows(TwinService twins, HubQuery query)
    {
        _twins = twins;
        _withMetadata = query.Where.Paths.Concat(query.Projection.Paths).Any(MayReadMetadata);
        Collection = TwinIndex.CollectionOf(query.Source);
    }

    /// <summary>Gets the collection that is read.</summary>
    public string Collection { get; }

    /// <summary>Makes the row of a stored twin.</summary>
    public QueryDocument Load(StateDocument document) => Load(document.Key, TwinDocument.Decode(IdentityKey.Parse(document.Key), document.Body));

    /// <summary>Makes the row of a twin.</summary>
    public QueryDocument Load(string key, TwinDocument twin)
    {
        _current = twin;
        _row.ResetWrittenCount();
        TwinView.WriteRow(_row, twin, _withMetadata);
        return new QueryDocument(key, _row.WrittenMemory);
    }

    /// <summary>Writes the row that was loaded last as <c>SELECT *</c> returns it.</summary>
    public ReadOnlyMemory<byte> Render(QueryDocument document)
    {
        _rendered.ResetWrittenCount();
        _twins.WriteServiceView(_rendered, _current!); // Load comes before.
        return _rendered.WrittenMemory;
    }

    /// <inheritdoc/>
    public bool Covers(QueryPath path) => path.Segments.Count == 1 && path.Root is ConnectionState or LastActivityTime or CloudToDeviceMessageCount;

    /// <inheritdoc/>
    public QueryValue Read(string key, QueryPath path)
    {
        var live = _twins.LiveState(IdentityKey.Parse(key));
        return path.Root switch
        {
            ConnectionState => QueryValue.Of(live.IsConnected ? "Connected" : "Disconnected"),
            LastActivityTime => QueryValue.Of(live.LastActivity == DateTimeOffset.MinValue ? "0001-01-01T00:00:00Z" : WireTime.Format(live.LastActivity)),
            _ => QueryValue.Of(QueryNumber.Of(live.CloudToDeviceMessages)),
        };
    }

    // properties, properties.desired and the like hold the metadata, too.
    private static bool MayReadMetadata(QueryPath path) =>
        path.Root == "properties" && (path.Segments.Count <= 2 || path.Segments[2].Name == "$metadata");
}
