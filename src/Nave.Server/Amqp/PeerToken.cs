using Nave.Api;

namespace Nave.Server.Amqp;

/// <summary>A token that a peer has put, found to be good then.</summary>
/// <param name="Text">The text; secret.</param>
/// <param name="Token">What it says.</param>
internal sealed record PeerToken(string Text, SasToken Token)
{
    /// <summary>Says what it is for, never the text.</summary>
    public override string ToString() => Token.ToString();
}
