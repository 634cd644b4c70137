namespace Nave.Fleet.Sync.Facade;

/// <summary>A request cannot be served as it is.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">Why; names what is wrong and what is permitted.</param>
internal sealed class FacadeRefusedException(int status, string message) : Exception(message)
{
    /// <summary>Gets the HTTP status.</summary>
    public int Status { get; } = status;
}
