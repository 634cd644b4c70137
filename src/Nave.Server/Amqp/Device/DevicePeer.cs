using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Connections;
using Nave.Storage;

namespace Nave.Server.Amqp.Device;

/// <summary>
/// One device or module on one connection: from its first link, which it has to be authenticated for, to its last. It is connected, as the
/// hub sees it, as long as it has links. Guarded by the peer's turn, but for what the hub calls.
/// </summary>
internal sealed partial class DevicePeer : IDeviceLink, IPeerWork
{
    private readonly List<(LinkRequest Request, DeviceLinkKind Kind)> _pending = [];
    private readonly HashSet<AmqpLink> _links = [];
    private volatile CommandSender? _commands;
    private volatile MethodSender? _methods;
    private volatile TwinAnswers? _twin;
    private TwinWork? _twinWork;
    private bool _authenticating;
    private int _ending = -1;

    public DevicePeer(AmqpPeer peer, IotHub hub, IdentityId id)
    {
        Peer = peer;
        Hub = hub;
        Id = id;
    }

    /// <summary>Gets the connection.</summary>
    public AmqpPeer Peer { get; }

    /// <summary>Gets the hub.</summary>
    public IotHub Hub { get; }

    /// <summary>Gets who it is.</summary>
    public IdentityId Id { get; }

    /// <summary>Gets the session, once the device is authenticated.</summary>
    public DeviceSession? Session { get; private set; }

    /// <summary>Gets a value indicating whether its session has ended: it serves no further links.</summary>
    public bool IsOver => Session is { IsOpen: false };

    /// <summary>Gets the digital twin model that the device has named, or <see langword="null"/>.</summary>
    public byte[]? ModelId { get; private set; }

    /// <inheritdoc/>
    public string Protocol => Peer.Protocol;

    /// <summary>Gets where answers and changes of the twin go.</summary>
    public TwinAnswers Twin => _twin ??= new TwinAnswers(this);

    /// <summary>Gets the link by which the device receives direct methods, or <see langword="null"/>.</summary>
    public MethodSender? Methods => _methods;

    /// <summary>Takes a link: now, or once the device is authenticated.</summary>
    public void Open(LinkRequest request, DeviceLinkKind kind)
    {
        if (Session is { IsOpen: true })
        {
            Serve(request, kind);
            return;
        }

        _pending.Add((request, kind));
        if (!_authenticating)
        {
            _authenticating = true;
            _ = AuthenticateAsync();
        }
    }

    /// <summary>Notes that a link has ended; with the last one the device is gone from this connection.</summary>
    public void Detached(AmqpLink link)
    {
        if (!_links.Remove(link) || _links.Count > 0)
        {
            return;
        }

        Forget();
        Session?.Close(Peer.EndReason ?? CloseReason.ClosedByPeer);
    }

    /// <summary>Notes that a link for commands has ended.</summary>
    public void Ended(CommandSender sender)
    {
        if (_commands == sender)
        {
            _commands = null;
            Session?.Disable(DeviceFeatures.CloudToDevice);
        }
    }

    /// <summary>Notes that a link for methods has ended.</summary>
    public void Ended(MethodSender sender)
    {
        if (_methods == sender)
        {
            _methods = null;
            Session?.Disable(DeviceFeatures.Methods);
        }
    }

    /// <summary>Ends the device's links and its session, for a reason of this side. In a turn.</summary>
    public void End(CloseReason reason)
    {
        var error = AmqpErrors.Of(reason);
        Forget();
        foreach (var link in _links.ToList())
        {
            link.Detach(error);
        }

        Session?.Close(reason);
    }

    /// <inheritdoc/>
    void IDeviceLink.DesiredChanged(long version, ReadOnlyMemory<byte> patch) => _twin?.Push(version, patch);

    /// <inheritdoc/>
    bool IDeviceLink.TryInvoke(string requestId, string methodName, ReadOnlyMemory<byte> payload) =>
        _methods is { } methods && methods.TryInvoke(requestId, methodName, payload);

    /// <inheritdoc/>
    void IDeviceLink.CloudToDeviceAvailable() => _commands?.Offer();

    /// <inheritdoc/>
    void IDeviceLink.Close(CloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _ending, (int)reason, -1) == -1)
        {
            Peer.Post(this);
        }
    }

    /// <inheritdoc/>
    void IPeerWork.Run() => End((CloseReason)_ending);

    private static HubError ErrorOf(CloseReason? reason) => reason switch
    {
        CloseReason.Deleted => new(HubErrorCode.DeviceNotFound, "The device was deleted."),
        CloseReason.TakenOver => new(HubErrorCode.LinkCreationConflict, "A newer connection of this device took over."),
        CloseReason.Standby => new(HubErrorCode.ServiceUnavailable, "The hub stands by: it takes no devices now."),
        CloseReason.ServerShutdown => new(HubErrorCode.ServiceUnavailable, "The hub is closing."),
        _ => new(HubErrorCode.IotHubUnauthorizedAccess, "What the device was authenticated with no longer holds."),
    };

    private async Task AuthenticateAsync()
    {
        // A signature is work for the pool, not for the loop that reads.
        await Task.Yield();
        var opened = await TryOpenSessionAsync();
        using (Peer.Enter())
        {
            _authenticating = false;
            if (opened.IsSuccess && Peer.EndReason is { } reason)
            {
                opened.Value.Close(reason);
                return;
            }

            if (opened.IsSuccess && !opened.Value.IsOpen)
            {
                opened = ErrorOf(opened.Value.Ended);
            }

            if (!opened.IsSuccess)
            {
                Forget();
                _pending.ForEach(pending => pending.Request.Refuse(opened.Error));
                _pending.Clear();
                return;
            }

            Session = opened.Value;
            Peer.Trust();
            _pending.ForEach(pending => Serve(pending.Request, pending.Kind));
            _pending.Clear();
            if (_links.Count == 0)
            {
                // All of them went away meanwhile.
                Forget();
                Session.Close(CloseReason.ClosedByPeer);
            }
        }
    }

    private async Task<HubResult<DeviceSession>> TryOpenSessionAsync()
    {
        try
        {
            var proved = await Peer.Credentials!.AuthenticateAsync(Id, CancellationToken.None); // Set: a link comes after open.
            return proved.IsSuccess ? Hub.Connections.Open(proved.Value, this) : proved.Error;
        }
        catch (StorageUnavailableException)
        {
            return new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot read its registry now.");
        }
        catch (Exception exception)
        {
            // A bug; the device is told to come back, and nobody waits for a task that nobody awaits.
            Log.LoginFailed(Peer.Context.Logger, Id, exception);
            return new HubError(HubErrorCode.ServerError, "The hub failed.");
        }
    }

    private void Forget()
    {
        if (Peer.Devices.GetValueOrDefault(Id) == this)
        {
            Peer.Devices.Remove(Id);
        }
    }

    private void Serve(LinkRequest request, DeviceLinkKind kind)
    {
        ModelId ??= request.Property("com.microsoft:model-id") is { } model ? System.Text.Encoding.UTF8.GetBytes(model) : null;
        var accepted = kind switch
        {
            DeviceLinkKind.Events when request.Receiver is { } receiver => ServeEvents(request, receiver),
            DeviceLinkKind.Events => ServeInputs(request),
            DeviceLinkKind.CloudToDevice => ServeCommands(request, request.Sender!),
            DeviceLinkKind.Methods when request.Sender is { } sender => ServeMethods(request, sender),
            DeviceLinkKind.Methods => Add(request.Receiver!, request.Accept(new MethodReceiver(this), MethodReceiver.Options)),
            _ when request.Sender is { } sender => Add(sender, Twin.Attach(request)),
            _ => Add(request.Receiver!, request.Accept(new TwinReceiver(this, _twinWork ??= new TwinWork(this), request), TwinReceiver.Options)),
        };
        if (accepted)
        {
            Session!.Touch();
        }
    }

    private bool Add(AmqpLink link, bool accepted)
    {
        if (accepted)
        {
            _links.Add(link);
        }

        return accepted;
    }

    private bool ServeEvents(LinkRequest request, AmqpReceiverLink link)
    {
        var intake = new EventIntake(this, link, Peer.Lane.Into(Hub));
        return Add(link, request.Accept(intake, new AmqpAcceptOptions { Credit = Peer.Context.Options.EventWindow }));
    }

    private bool ServeInputs(LinkRequest request)
    {
        if (!Add(request.Sender!, request.Accept(new InputSender(this))))
        {
            return false;
        }

        Session!.Enable(DeviceFeatures.Inputs);
        return true;
    }

    private bool ServeCommands(LinkRequest request, AmqpSenderLink link)
    {
        // Of two receivers of one device the newer one stays (wire facts 6.15).
        var older = _commands;
        var commands = new CommandSender(this, link);
        if (!Add(link, request.Accept(commands)))
        {
            return false;
        }

        _commands = commands;
        older?.Steal();
        Session!.Enable(DeviceFeatures.CloudToDevice);
        commands.Offer();
        return true;
    }

    private bool ServeMethods(LinkRequest request, AmqpSenderLink link)
    {
        var methods = new MethodSender(this, link);
        if (!Add(link, request.Accept(methods)))
        {
            return false;
        }

        _methods = methods;
        Session!.Enable(DeviceFeatures.Methods);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Error, "The login of {Id} failed.")]
        public static partial void LoginFailed(ILogger logger, IdentityId id, Exception exception);
    }
}
