namespace Nave.Hub.Connections;

/// <summary>What is known of an identity's connection.</summary>
/// <param name="Connected">Whether it is connected now.</param>
/// <param name="Changed">When that last changed; the minimum value if it never did.</param>
/// <param name="LastActivity">When the identity was last heard, to about a second; the minimum value if never.</param>
/// <param name="Reason">Why the last connection ended, or <see langword="null"/> while connected or if there never was one.</param>
/// <param name="Protocol">The protocol of the connection or the last one, or <see langword="null"/>.</param>
internal readonly record struct ConnectionState(
    bool Connected, DateTimeOffset Changed, DateTimeOffset LastActivity, CloseReason? Reason, string? Protocol)
{
    /// <summary>Gets the state of an identity that has never connected.</summary>
    public static ConnectionState Never => default;
}
