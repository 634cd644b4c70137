using System.Security.Cryptography.X509Certificates;

namespace Nave.Server.Connections;

/// <summary>What a head gives to the <see cref="SocketHost"/> that accepts for it.</summary>
internal interface ISocketProtocol
{
    /// <summary>Makes what the protocol keeps for one lane. Called once a lane, before its first connection.</summary>
    ILaneState NewLaneState();

    /// <summary>Makes the handler of one connection.</summary>
    /// <param name="lane">What <see cref="NewLaneState"/> made for the connection's lane.</param>
    /// <param name="transport">What carries the connection.</param>
    /// <param name="clientChain">The client's certificate and what it sent with it, leaf first; <see langword="null"/> if none.</param>
    IConnectionHandler NewHandler(ILaneState lane, SocketTransport transport, X509Certificate2Collection? clientChain);
}
