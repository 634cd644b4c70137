namespace Nave.Server.Ingest;

/// <summary>A connection's, or a link's, events whose fate is known and not yet told to the peer.</summary>
internal interface IAcknowledger
{
    /// <summary>Tells the peer what was collected since the last call, with one write. On the commit thread; must neither block nor throw.</summary>
    void FlushAcknowledgements();
}
