namespace Nave.Storage;

/// <summary>Learns what became of a staged record.</summary>
public interface IAppendObserver
{
    /// <summary>Called on the commit thread, in append order. Must neither block nor throw.</summary>
    /// <param name="token">What was given to <see cref="ILogAppender.TryAppend"/>.</param>
    /// <param name="durable">True: the record is on disk. False: it was not stored and must not be acknowledged.</param>
    void Appended(long token, bool durable);
}
