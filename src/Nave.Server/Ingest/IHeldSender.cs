namespace Nave.Server.Ingest;

/// <summary>A sender of events that was told to wait.</summary>
internal interface IHeldSender
{
    /// <summary>Goes on. Called from any thread; must not block.</summary>
    void ResumeTelemetry();
}
