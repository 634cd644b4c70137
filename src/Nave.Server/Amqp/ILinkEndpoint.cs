namespace Nave.Server.Amqp;

/// <summary>
/// Serves the links of some addresses. This is the seam on which all of AMQP's services stand: devices, events, cloud-to-device messages,
/// <c>$cbs</c>, <c>$management</c>, provisioning.
/// </summary>
/// <remarks>
/// <para><b>How a link comes about.</b> A peer attaches. The endpoints of its <see cref="AmqpTenant"/> are asked in turn; the first that
/// returns <see langword="true"/> has it, and calls <see cref="LinkRequest.Accept(Nave.Amqp.IAmqpSenderHandler, Nave.Amqp.AmqpAcceptOptions)"/>
/// (the peer receives, we send), its twin for a peer that sends, or <see cref="LinkRequest.Refuse(Nave.Amqp.AmqpError)"/>: at once, or later
/// from any thread within a turn. If nobody wants it, it is refused with <c>amqp:not-found</c>.</para>
/// <para><b>Who may.</b> A service's endpoint calls <see cref="LinkRequest.TryAuthorize"/> first: <see langword="false"/> means that the link has been
/// refused; after <see langword="true"/> the right is looked at again every second, and the link detached when it is gone (expired token,
/// changed key). A device's endpoint uses <see cref="AmqpPeer.Credentials"/> and the hub's sessions.</para>
/// <para><b>One lock a connection.</b> Handlers (<see cref="Nave.Amqp.IAmqpSenderHandler"/>, <see cref="Nave.Amqp.IAmqpReceiverHandler"/>) and this
/// method are called in the peer's turn: they must not block, and whatever they call on links goes out when the turn ends. From any other
/// thread take a turn first, and keep it short:</para>
/// <code>
/// using (peer.Enter())              // waits for its turn: for the thread pool
/// {
///     while (peer.MaySend(link) &amp;&amp; TryNext(out var message)) { link.TrySend(message, tag, settled: true, out _); }
/// }
/// peer.Post(work);                  // never waits: for commit threads and hub callbacks; work.Run() is called in a turn
/// </code>
/// <para><b>Back-pressure.</b> Send while <see cref="AmqpPeer.MaySend"/>; when it says no, stop: <c>OnCredit</c> is called when credit comes, when the
/// session's window opens, and when a peer that did not read has drained. For incoming messages the credit of
/// <see cref="Nave.Amqp.AmqpAcceptOptions"/> bounds what is unsettled.</para>
/// <para><b>The end.</b> <c>OnDetached</c> comes once for every accepted link: the peer detached, the session or the connection ended, or we detached. Work that is
/// still under way then must have no effect on the wire: calls on a link that is gone do nothing. <see cref="Nave.Amqp.AmqpLink.Tag"/> is the peer's.</para>
/// </remarks>
internal interface ILinkEndpoint
{
    /// <summary>Takes a link, or leaves it to others.</summary>
    /// <returns><see langword="false"/> if the address is none of this endpoint's.</returns>
    bool TryOpen(LinkRequest request);
}
